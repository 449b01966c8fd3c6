//! Labels carried between cells that have no gene in common.

mod page;

use lexicell_analysis::{
    folds::{Split, stratified_k_fold},
    transfer::{ContrastWeights, disjoint_halves, panel},
};
use lexicell_genes::Template;
pub(crate) use page::page;

use crate::{
    carry::{self, Draw, Seen, Side, Space, carried, comparisons, scores},
    case::Case,
    error::Result,
    judge::parallel,
    results::{Key, Sheet},
    run::Run,
    sets,
    spaces::GeneTable,
};

/// Draws of genes and cells.
const DRAWS: usize = 10;

const DIFFERENCE: Space = Space::Contrast(ContrastWeights::Difference);
const STANDARDIZED: Space = Space::Contrast(ContrastWeights::Standardized);

/// A row of the table: its name, which gene vectors, which space.
type Row = (&'static str, Vectored, Space);

/// Vectors of a set's genes; all but the last are whitened by the map of the reference's panel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Vectored {
    Text,
    Names,
    Go,
    Random,
    Shuffled,
    AsEmbedded,
}

const ROWS: [Row; 19] = [
    ("text", Vectored::Text, Space::Mean),
    // Controls are whitened and pooled as the text is.
    ("random", Vectored::Random, Space::Mean),
    ("shuffled", Vectored::Shuffled, Space::Mean),
    ("names", Vectored::Names, Space::Mean),
    ("GO", Vectored::Go, Space::Mean),
    ("as embedded", Vectored::AsEmbedded, Space::Mean),
    ("50 genes", Vectored::Text, Space::MeanOf(50)),
    ("200 genes", Vectored::Text, Space::MeanOf(200)),
    ("500 genes", Vectored::Text, Space::MeanOf(500)),
    ("expression", Vectored::Text, Space::ExpressionMean),
    ("contrast", Vectored::Text, DIFFERENCE),
    // Controls as the transfer step pools them.
    ("contrast, random", Vectored::Random, DIFFERENCE),
    ("contrast, shuffled", Vectored::Shuffled, DIFFERENCE),
    ("contrast, names", Vectored::Names, DIFFERENCE),
    ("contrast, standardised", Vectored::Text, STANDARDIZED),
    ("contrast, GO", Vectored::Go, DIFFERENCE),
    ("contrast, as embedded", Vectored::AsEmbedded, DIFFERENCE),
    ("head", Vectored::Text, Space::Head),
    ("majority", Vectored::Random, Space::Majority),
];
/// First and second of each comparison.
const PAIRS: [(&str, &str); 17] = [
    ("text", "random"),
    ("text", "shuffled"),
    ("text", "names"),
    ("GO", "text"),
    ("as embedded", "text"),
    ("50 genes", "text"),
    ("200 genes", "text"),
    ("500 genes", "text"),
    ("expression", "text"),
    ("contrast", "text"),
    ("contrast", "contrast, random"),
    ("contrast", "contrast, shuffled"),
    ("contrast", "contrast, names"),
    ("contrast, standardised", "text"),
    ("contrast, GO", "contrast"),
    ("contrast, as embedded", "contrast"),
    ("head", "text"),
];

const KEY: &[Key] = &[Key { column: "set", place: sets::place }];
/// Figures of each row.
const SCORES: Sheet = Sheet { file: "transfer.csv", header: carry::SCORES, key: KEY };
/// Differences on the same draws.
const COMPARISONS: Sheet =
    Sheet { file: "transfer_comparisons.csv", header: carry::COMPARISONS, key: KEY };

/// Measures one set.
pub(crate) fn measure(run: &Run<'_>, case: &Case) -> Result<()> {
    let go = run.table(case, &Template::NAME_SUMMARY_GO).ok();
    let rows: Vec<&Row> = ROWS.iter().filter(|row| row.1 != Vectored::Go || go.is_some()).collect();
    if run.only_missing && is_there(run, case, &rows)? {
        return Ok(());
    }
    let text = run.table(case, &Template::NAME_SUMMARY)?;
    let names = run.table(case, &Template::NAME)?;
    let draws = parallel(DRAWS, run.threads, |draw| {
        let seed = draw as u64;
        let panels = disjoint_halves(&text.rows, seed);
        let sides = sides(case, &panels, seed)?;
        // Another template may give two genes one text: sides keep the panels of the first.
        let own = |genes: &GeneTable, panel: &[Option<u32>]| -> Vec<Option<u32>> {
            panel.iter().zip(&genes.rows).map(|(own, row)| own.and(*row)).collect()
        };
        let white = |genes: &GeneTable| genes.whitened_by(&own(genes, &panels[0]));
        let (random, shuffled) = (white(&text.random(seed)?)?, white(&text.shuffled(seed))?);
        let (white_text, white_names) = (white(&text)?, white(&names)?);
        let white_go = go.as_ref().map(white).transpose()?;
        let of = |vectored| match vectored {
            Vectored::Text => &white_text,
            Vectored::Names => &white_names,
            Vectored::Go => white_go.as_ref().unwrap_or(&white_text),
            Vectored::Random => &random,
            Vectored::Shuffled => &shuffled,
            Vectored::AsEmbedded => &text,
        };
        let told = |row: &&Row| {
            let genes = of(row.1);
            let own = [own(genes, &panels[0]), own(genes, &panels[1])];
            let seen = |at: usize| Seen { side: &sides[at], rows: &own[at], table: &genes.table };
            carried([seen(0), seen(1)], row.2, seed, case.set.labels.categories.len())
        };
        rows.iter().map(told).collect::<Result<Vec<Draw>>>()
    })?;
    let by_row = rows.iter().enumerate();
    let by_row: Vec<_> =
        by_row.map(|(at, row)| (row.0, draws.iter().map(|draw| draw[at]).collect())).collect();
    let set = case.set.spec.key;
    // As many cells are told as train.
    run.results.replace(&COMPARISONS, comparisons(set, &by_row, &PAIRS, 1.0)?)?;
    run.results.replace(&SCORES, scores(set, &by_row))?;
    eprintln!("  {set} across genes: {DRAWS} draws");
    Ok(())
}

fn is_there(run: &Run<'_>, case: &Case, rows: &[&Row]) -> Result<bool> {
    let table = run.results.read(&SCORES)?;
    let set = case.set.spec.key;
    Ok(rows.iter().all(|row| table.holds(["set", "method"], [set, row.0])))
}

/// Half of the cells with one half of the genes, the other cells with the other half.
fn sides(case: &Case, panels: &[Vec<Option<u32>>; 2], seed: u64) -> Result<[Side; 2]> {
    let set = &case.set;
    let folds = stratified_k_fold(&Split {
        labels: &set.labels,
        n_folds: 2,
        seed,
        duplicates: Some(&set.duplicates),
        unusable: &[],
    })?;
    let side = |fold: usize| -> Result<Side> {
        let cells = folds.test(fold);
        let (x, state) = panel(&set.x, set.state, &cells, &panels[fold])?;
        let classes = cells.iter().map(|&cell| set.labels.codes[cell]).collect();
        Ok(Side { x, state, classes })
    };
    Ok([side(0)?, side(1)?])
}
