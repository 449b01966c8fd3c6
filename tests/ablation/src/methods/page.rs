use super::{COMPARISONS, FEW_LABELS, GROUPS, NAMES, PAIRS, SCORES, STRATIFIED, point};
use crate::{
    case::FEW,
    error::Result,
    paired::{self, Paired},
    results::Results,
    table::{Page, Row, Table},
};

/// The page of methods: for each way of holding out macro-F1, accuracy and differences.
pub(crate) fn page(results: &Results) -> Result<Page> {
    let (scores, comparisons) = (results.read(&SCORES)?, results.read(&COMPARISONS)?);
    let pairs = PAIRS.map(|(first, second)| (NAMES[first], NAMES[second]));
    let mut page = Page::new("Methods × splits", PROSE);
    for (title, split, per_class) in views() {
        let is_of =
            |row: &Row<'_>| [row.text("split"), row.text("per_class")] == [split, &per_class];
        for (metric, name) in [("macro_f1", "macro-F1"), ("accuracy", "accuracy")] {
            let wide = Table::wide(
                NAMES.map(str::to_owned),
                scores.rows().filter(is_of),
                |row| NAMES.iter().position(|name| *name == row.text("method")),
                |row| row.mean_sd(metric),
            );
            page.section(&format!("{title}: {name}"), "Mean ± sd over rounds.", &wide);
        }
        let differences = Table::wide(
            pairs.map(paired::title),
            comparisons.rows().filter(is_of).filter(|row| row.text("metric") == "macro_f1"),
            |row| paired::place(row, &pairs),
            |row| Paired::read(row).in_words(),
        );
        page.section(&format!("{title}: differences"), DIFFERENCES, &differences);
    }
    Ok(page)
}

/// Title, split and point of each section.
fn views() -> Vec<(String, &'static str, String)> {
    let mut views = vec![
        ("Stratified 5-fold".to_owned(), STRATIFIED, String::new()),
        ("Held-out groups".to_owned(), GROUPS, String::new()),
    ];
    views.extend(
        FEW.map(|n| (format!("{n} labelled cells of each class"), FEW_LABELS, point(Some(n)))),
    );
    views
}

const DIFFERENCES: &str = "Difference of macro-F1 on the same rounds with the corrected 95 % interval (Nadeau–Bengio); bold where the interval leaves out 0.";

const PROSE: &str = "Written by `make ablation`; what is compared and how the sets were read stands in the README. kNN by cosine, k = 10 (on the low-sample curve at most as many voters as labelled cells of a class), five draws. Text, random, shuffled and names are pooled alike: the 100 most expressed genes with a vector, weighted by rank, whitened gene vectors, centred on the training cells. Random and shuffled tables are drawn anew for each draw. Refined: a head with the shipped settings (SupCon + NT-Xent on two views of each training cell), trained in each round on its training cells alone; PCA is refined the same way, its views placed along the components. Labels alone: SupCon without views; left blank where each class has one training cell, which has no partner. Joint: text and PCA in one space, two heads trained by SupCon and InfoNCE between the views, the weight of the text chosen on validation cells among the training cells. Uncentred: the same cells by plain cosine. The uncentred columns were added after the first results: centring helps the controls and can hurt the text, so that the text must be held against the better form of each control.";
