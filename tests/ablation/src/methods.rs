//! Methods × splits on every labelled data set.

use std::path::Path;

use lexicell_analysis::{
    comparison::{Comparison, corrected_t_test, overlap},
    contrastive::{Augment, Objective, PooledViews, TrainOptions, joint::JointOptions},
    score::{FoldScore, Score},
    split::{Plan, Scheme},
};
use lexicell_genes::Template;

use crate::{
    case::{Case, DRAWS, FEW, FOLDS},
    error::Result,
    genes::Bundles,
    judge::{Judge, Method},
    refine::Recipe,
    spaces::{POOLING, empty_cells},
    table::{Page, Table, full, interval, mean_sd, write},
    vectors::Vectors,
};

const NAMES: [&str; 14] = [
    "text",
    "refined text",
    "PCA + kNN",
    "refined PCA",
    "PCA + LR",
    "random vectors",
    "shuffled texts",
    "names only",
    "majority",
    "text, uncentred",
    "random, uncentred",
    "shuffled, uncentred",
    "refined text, views",
    "joint",
];
/// First and second of each comparison, as places in [`NAMES`].
const PAIRS: [(usize, usize); 16] = [
    (1, 0),
    (0, 5),
    (0, 6),
    (0, 7),
    (0, 2),
    (1, 2),
    (1, 3),
    (3, 2),
    // Centring decides whether text beats its controls, so each is held against its better form.
    (9, 0),
    (9, 5),
    (9, 10),
    (9, 11),
    (12, 0),
    (13, 3),
    (13, 2),
    (13, 1),
];

/// One way of holding out on one set.
struct Measured {
    set: &'static str,
    split: &'static str,
    plan: Plan,
    /// By method, then by point of the plan; none where a method was not run.
    scores: Vec<Vec<Score>>,
}

/// All tables of methods, written whenever a set is done.
#[derive(Default)]
pub(crate) struct Methods(Vec<Measured>);

impl Methods {
    /// Measures one set and writes what there is so far.
    pub(crate) fn measure(
        &mut self,
        case: &Case,
        (bundles, vectors): (&Bundles, &Vectors),
        threads: usize,
        folder: &Path,
    ) -> Result<()> {
        let view = case.view()?;
        let texts = case.table(bundles, vectors, &Template::NAME_SUMMARY)?;
        let names = case.table(bundles, vectors, &Template::NAME)?;
        let text = texts.pool(&view, POOLING)?;
        let names = names.pool(&view, POOLING)?;
        let (mut random, mut shuffled) = (Vec::new(), Vec::new());
        for seed in 0..DRAWS as u64 {
            random.push(texts.random(seed)?.pool(&view, POOLING)?);
            shuffled.push(texts.shuffled(seed).pool(&view, POOLING)?);
        }
        let recipe = Recipe { options: TrainOptions::default(), views: None };
        let views = PooledViews::new(
            &case.set.x,
            case.set.state,
            texts.rows.clone(),
            &texts.table,
            POOLING,
            Augment::default(),
        )?;
        let mut methods = vec![
            Method::Embedding(vec![&text]),
            Method::Refined(&text, recipe),
            Method::Pca,
            Method::RefinedPca(recipe),
            Method::LogisticPca,
            Method::Embedding(random.iter().collect()),
            Method::Embedding(shuffled.iter().collect()),
            Method::Embedding(vec![&names]),
            Method::Majority,
            Method::Uncentred(vec![&text]),
            Method::Uncentred(random.iter().collect()),
            Method::Uncentred(shuffled.iter().collect()),
            Method::NotRun,
            Method::Joint(&text, JointOptions::default()),
        ];
        let judge = Judge { labels: &case.set.labels, pca: case.pca(&view), threads };
        let mut schemes = vec![
            ("stratified", Scheme::StratifiedKFold { n_folds: FOLDS }),
            ("few labels", Scheme::FewLabels { per_class: &FEW }),
        ];
        if let Some(groups) = &case.set.groups {
            schemes.push(("held-out groups", Scheme::HeldOutGroups { groups, n_folds: FOLDS }));
        }
        let unusable = empty_cells(&text);
        for (split, scheme) in schemes {
            // Labels alone are too few there: what the views of a cell have in common trains too.
            let objective = Objective::Mixed { supervised: 0.5 };
            let options = TrainOptions { objective, ..TrainOptions::default() };
            methods[12] = match scheme {
                Scheme::FewLabels { .. } => {
                    Method::Refined(&text, Recipe { options, views: Some(&views) })
                }
                _ => Method::NotRun,
            };
            let plan = case.plan(scheme, DRAWS, &unusable)?;
            let scores = judge.scores(&plan, &methods)?;
            eprintln!("  {} {split}: {} rounds", case.set.spec.key, plan.rounds.len());
            self.0.push(Measured { set: case.set.spec.key, split, plan, scores });
            self.write(folder)?;
        }
        Ok(())
    }

    fn write(&self, folder: &Path) -> Result<()> {
        write(folder, "methods.csv", &self.scores().csv())?;
        write(folder, "comparisons.csv", &self.comparisons()?.csv())?;
        let mut page = Page::new("Methods × splits", PROSE);
        for (title, split, point) in views() {
            let wide = self.wide(split, point, |score| mean_sd(score.macro_f1));
            if wide.rows.is_empty() {
                continue;
            }
            page.section(&format!("{title}: macro-F1"), "Mean ± sd over rounds.", &wide);
            let accuracy = self.wide(split, point, |score| mean_sd(score.accuracy));
            page.section(&format!("{title}: accuracy"), "Mean ± sd over rounds.", &accuracy);
            let differences = self.differences(split, point)?;
            let prose = "Difference of macro-F1 on the same rounds with the corrected 95 % interval (Nadeau–Bengio); bold where the interval leaves out 0.";
            page.section(&format!("{title}: differences"), prose, &differences);
        }
        write(folder, "methods.md", page.text())
    }

    fn scores(&self) -> Table {
        let mut table = Table::new([
            "set",
            "split",
            "per_class",
            "method",
            "rounds",
            "macro_f1",
            "macro_f1_sd",
            "accuracy",
            "accuracy_sd",
            "balanced_accuracy",
            "weighted_f1",
        ]);
        for measured in &self.0 {
            for (method, scores) in NAMES.iter().zip(&measured.scores) {
                for score in scores {
                    table.push([
                        measured.set.to_owned(),
                        measured.split.to_owned(),
                        score.per_class_trained.map_or_else(String::new, |n| n.to_string()),
                        (*method).to_owned(),
                        score.folds.len().to_string(),
                        full(score.macro_f1.mean),
                        full(score.macro_f1.sd),
                        full(score.accuracy.mean),
                        full(score.accuracy.sd),
                        full(score.balanced_accuracy.mean),
                        full(score.weighted_f1.mean),
                    ]);
                }
            }
        }
        table
    }

    fn comparisons(&self) -> Result<Table> {
        let mut table = Table::new([
            "set",
            "split",
            "per_class",
            "first",
            "second",
            "metric",
            "difference",
            "low",
            "high",
            "p",
        ]);
        type Metric = (&'static str, fn(&FoldScore) -> f64);
        let metrics: [Metric; 2] =
            [("macro_f1", |fold| fold.macro_f1), ("accuracy", |fold| fold.accuracy)];
        for measured in &self.0 {
            for point in measured.plan.points() {
                for (first, second) in PAIRS {
                    for (metric, value) in metrics {
                        let Some(found) = measured.compare(point, (first, second), value)? else {
                            continue;
                        };
                        table.push([
                            measured.set.to_owned(),
                            measured.split.to_owned(),
                            point.map_or_else(String::new, |n| n.to_string()),
                            NAMES[first].to_owned(),
                            NAMES[second].to_owned(),
                            metric.to_owned(),
                            full(found.difference),
                            full(found.low),
                            full(found.high),
                            full(found.p),
                        ]);
                    }
                }
            }
        }
        Ok(table)
    }

    fn wide(&self, split: &str, point: Option<usize>, value: impl Fn(&Score) -> String) -> Table {
        let mut table = Table::new(std::iter::once("set").chain(NAMES));
        for measured in self.0.iter().filter(|measured| measured.split == split) {
            let cells: Vec<String> = (0..NAMES.len())
                .map(|method| measured.score(method, point).map_or_else(String::new, &value))
                .collect();
            if cells.iter().any(|cell| !cell.is_empty()) {
                table.push(std::iter::once(measured.set.to_owned()).chain(cells));
            }
        }
        table
    }

    fn differences(&self, split: &str, point: Option<usize>) -> Result<Table> {
        let pairs = PAIRS.map(|(first, second)| format!("{} − {}", NAMES[first], NAMES[second]));
        let mut table = Table::new(std::iter::once("set".to_owned()).chain(pairs));
        for measured in self.0.iter().filter(|measured| measured.split == split) {
            let mut cells = vec![measured.set.to_owned()];
            for pair in PAIRS {
                let found = measured.compare(point, pair, |fold| fold.macro_f1)?;
                cells.push(found.map_or_else(String::new, in_words));
            }
            table.push(cells);
        }
        Ok(table)
    }
}

impl Measured {
    fn score(&self, method: usize, point: Option<usize>) -> Option<&Score> {
        self.scores[method].iter().find(|score| score.per_class_trained == point)
    }

    fn compare(
        &self,
        point: Option<usize>,
        (first, second): (usize, usize),
        value: impl Fn(&FoldScore) -> f64,
    ) -> Result<Option<Comparison>> {
        let (Some(first), Some(second)) = (self.score(first, point), self.score(second, point))
        else {
            return Ok(None);
        };
        if first.folds.len() < 2 || first.folds.len() != second.folds.len() {
            return Ok(None);
        }
        let values = |score: &Score| score.folds.iter().map(&value).collect::<Vec<f64>>();
        let overlap = overlap(&self.plan, point);
        Ok(Some(corrected_t_test(&values(first), &values(second), overlap)?))
    }
}

fn in_words(found: Comparison) -> String {
    let text = interval(found.difference, found.low, found.high);
    if found.low > 0.0 || found.high < 0.0 { format!("**{text}**") } else { text }
}

/// Title, split and point of each section.
fn views() -> Vec<(String, &'static str, Option<usize>)> {
    let mut views = vec![("Stratified 5-fold".to_owned(), "stratified", None)];
    views.push(("Held-out groups".to_owned(), "held-out groups", None));
    views.extend(FEW.map(|n| (format!("{n} labelled cells of each class"), "few labels", Some(n))));
    views
}

const PROSE: &str = "Written by `make ablation`; what is compared and how the sets were read stands in the README. kNN by cosine, k = 10 (on the low-sample curve at most as many voters as labelled cells of a class), five draws. Text, random, shuffled and names are pooled alike: the 500 most expressed genes with a vector, weighted by expression, centred on the training cells. Random and shuffled tables are drawn anew for each draw. Refined: SupCon head with the shipped settings, trained in each round on its training cells alone; left blank where each class has one training cell, which has no partner. Refined, views: SupCon + NT-Xent on two views of each training cell, on the low-sample curve only. Joint: text and PCA in one space, two heads trained by SupCon and InfoNCE between the views, the weight of the text chosen on validation cells among the training cells. Uncentred: the same cells by plain cosine. These three columns were added after the first results: centring helps the controls and can hurt the text, so that the text must be held against the better form of each control.";
