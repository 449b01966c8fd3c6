//! Labels carried between two data sets of one tissue.

mod labels;
mod page;
mod tables;

use lexicell_analysis::{
    folds::{Split, stratified_k_fold},
    normalize::Normalized,
    transfer::{
        ContrastWeights, ExpressionSettings, ExpressionSide, ExpressionSpace, OwnMean, SharedGenes,
        gene_overlap, shared_genes,
    },
};
use lexicell_matrix::{Categorical, DenseMatrix, MISSING_CODE};
pub(crate) use page::page;

use self::{
    labels::{PAIRS, Pair},
    tables::{Tables, Vectored},
};
use crate::{
    carry::{self, Draw, Seen, Side, Space, carried, comparisons, scores, told_well},
    case::Case,
    data,
    error::Result,
    judge::parallel,
    results::{Key, Sheet},
    run::Run,
};

/// Draws of half of the cells of both sides.
const DRAWS: usize = 10;

/// Through which vectors and in which space labels are carried.
#[derive(Debug, Clone, Copy)]
enum Way {
    Vectors(Vectored, Space),
    /// PCA of the shared genes.
    Expression,
}

const CONTRAST: Space = Space::Contrast(ContrastWeights::Difference);

const ROWS: [(&str, Way); 11] = [
    ("contrast", Way::Vectors(Vectored::Text, CONTRAST)),
    // Controls are whitened and pooled as the text is.
    ("contrast, random", Way::Vectors(Vectored::Random, CONTRAST)),
    ("contrast, shuffled", Way::Vectors(Vectored::Shuffled, CONTRAST)),
    ("contrast, names", Way::Vectors(Vectored::Names, CONTRAST)),
    ("text", Way::Vectors(Vectored::Text, Space::Mean)),
    ("random", Way::Vectors(Vectored::Random, Space::Mean)),
    ("shuffled", Way::Vectors(Vectored::Shuffled, Space::Mean)),
    ("as embedded", Way::Vectors(Vectored::AsEmbedded, Space::Mean)),
    ("head", Way::Vectors(Vectored::Text, Space::Head)),
    ("shared genes", Way::Expression),
    ("majority", Way::Vectors(Vectored::Text, Space::Majority)),
];
/// First and second of each comparison.
const COMPARED: [(&str, &str); 10] = [
    ("contrast", "contrast, random"),
    ("contrast", "contrast, shuffled"),
    ("contrast", "contrast, names"),
    ("contrast", "shared genes"),
    ("contrast", "majority"),
    ("contrast", "text"),
    ("text", "random"),
    ("text", "shuffled"),
    ("as embedded", "text"),
    ("head", "text"),
];

const KEY: &[Key] = &[Key { column: "set", place }];
/// Figures of each way.
const SCORES: Sheet = Sheet { file: "pairs.csv", header: carry::SCORES, key: KEY };
/// Differences on the same draws.
const COMPARISONS: Sheet =
    Sheet { file: "pairs_comparisons.csv", header: carry::COMPARISONS, key: KEY };
/// Cells and genes of both sides.
const SIZES: Sheet = Sheet {
    file: "pairs_sizes.csv",
    header: &[
        "set",
        "reference_cells",
        "reference_left_out",
        "query_cells",
        "query_left_out",
        "classes",
        "shared_genes",
        "reference_genes_only",
        "query_genes_only",
        "orthologues",
    ],
    key: KEY,
};
/// The labels of both sides.
const LABELS: Sheet = Sheet {
    file: "pairs_labels.csv",
    header: &["set", "of", "label", "as", "cells", "why"],
    key: KEY,
};

/// Both ways of each pair: the name in tables, the pair, and whether it runs from second to first.
fn ways() -> impl Iterator<Item = (String, &'static Pair, bool)> {
    let of = |pair: &'static Pair| {
        let [first, second] = pair.sets;
        [(format!("{first} → {second}"), pair, false), (format!("{second} → {first}"), pair, true)]
    };
    PAIRS.iter().flat_map(of)
}

fn place(name: &str) -> Option<usize> {
    ways().position(|(own, ..)| own == name)
}

/// Measures every pair of which both sets were read.
pub(crate) fn measure(run: &Run<'_>, cases: &[Case]) -> Result<()> {
    let find = |key: &str| cases.iter().find(|case| case.set.spec.key == key);
    for (name, pair, is_back) in ways() {
        let (Some(first), Some(second)) = (find(pair.sets[0]), find(pair.sets[1])) else {
            continue;
        };
        let is_there = |(method, _): &(&str, Way)| -> Result<bool> {
            Ok(run.results.read(&SCORES)?.holds(["set", "method"], [&name, method]))
        };
        if run.only_missing && ROWS.iter().map(is_there).all(|there| matches!(there, Ok(true))) {
            continue;
        }
        measure_way(run, &name, pair, [first, second], is_back)?;
        eprintln!("  {name}: {DRAWS} draws");
    }
    Ok(())
}

fn measure_way(
    run: &Run<'_>,
    name: &str,
    pair: &Pair,
    cases: [&Case; 2],
    is_back: bool,
) -> Result<()> {
    let mut common = pair.common(cases.map(|case| &case.set))?;
    let mut cases = cases;
    if is_back {
        cases.reverse();
        common.reverse();
    }
    let human = cases[0].genes.species != cases[1].genes.species;
    let keys = cases.map(|case| case.genes.keys(run.bundles, human));
    let shared = shared_genes(&keys[0], &keys[1]);
    let tables = Tables::new(run, cases, &keys)?;
    let n_classes = common[0].0.categories.len();
    let draws = parallel(DRAWS, run.threads, |draw| {
        let seed = draw as u64;
        let half = |at: usize| side(cases[at], &common[at].0, seed);
        let sides = [half(0)?, half(1)?];
        let told = |(_, way): &(&str, Way)| match *way {
            Way::Expression => expression(&sides, &shared, n_classes),
            Way::Vectors(vectored, space) => {
                let joint = tables.of(vectored, seed)?;
                let seen = |at: usize| Seen {
                    side: &sides[at],
                    rows: &joint.rows[at],
                    table: &joint.table,
                };
                carried([seen(0), seen(1)], space, seed, n_classes)
            }
        };
        ROWS.iter().map(told).collect::<Result<Vec<Draw>>>()
    })?;
    let by_row = ROWS.iter().enumerate();
    let by_row: Vec<_> =
        by_row.map(|(at, row)| (row.0, draws.iter().map(|draw| draw[at]).collect())).collect();
    // As many cells are told as vote.
    run.results.replace(&COMPARISONS, comparisons(name, &by_row, &COMPARED, 1.0)?)?;
    run.results.replace(&SCORES, scores(name, &by_row))?;
    run.results.replace(&LABELS, label_rows(name, cases, &common))?;
    let overlap = gene_overlap(&keys[0], &keys[1]);
    let [reference, query] = [0, 1].map(|at| {
        let out = common[at].0.codes.iter().filter(|&&code| code == MISSING_CODE).count();
        [common[at].0.codes.len() - out, out]
    });
    let numbers = [reference, query].concat().into_iter().chain([
        n_classes,
        overlap.shared,
        overlap.reference_only,
        overlap.query_only,
    ]);
    let row = std::iter::once(name.to_owned()).chain(numbers.map(|n| n.to_string()));
    run.results.replace(&SIZES, vec![row.chain([human.to_string()]).collect()])
}

fn label_rows(
    name: &str,
    cases: [&Case; 2],
    common: &[(Categorical, Vec<labels::Row>); 2],
) -> Vec<Vec<String>> {
    let of = |at: usize| {
        common[at].1.iter().map(move |row| {
            let names = [name.to_owned(), cases[at].set.spec.key.to_owned()];
            names.into_iter().chain(row.iter().cloned()).collect::<Vec<String>>()
        })
    };
    of(0).chain(of(1)).collect()
}

/// Half of the cells with a common class, stratified.
fn side(case: &Case, labels: &Categorical, seed: u64) -> Result<Side> {
    let set = &case.set;
    let folds = stratified_k_fold(&Split {
        labels,
        n_folds: 2,
        seed,
        duplicates: Some(&set.duplicates),
        unusable: &[],
    })?;
    let cells = folds.test(0);
    let classes = cells.iter().map(|&cell| labels.codes[cell]).collect();
    Ok(Side { x: data::rows(&set.x, &cells)?, state: set.state, classes })
}

/// Through PCA of the shared genes, fitted on the reference.
fn expression(sides: &[Side; 2], shared: &SharedGenes, n_classes: usize) -> Result<Draw> {
    let [first, second] = [0, 1].map(|at| Normalized::new(&sides[at].x, sides[at].state));
    let (first, second) = (first?, second?);
    let [reference, query] =
        [&first, &second].map(|view| ExpressionSide { view, cells: (0..view.n_cells()).collect() });
    let settings = ExpressionSettings::default();
    let mut space = ExpressionSpace::new(reference, query, shared.clone(), settings)?;
    while !space.run(usize::MAX)?.is_done() {}
    let cells = space.finish()?;
    let centred = |cells: DenseMatrix| -> Result<DenseMatrix> {
        let mut own = OwnMean::new(cells);
        while !own.run(usize::MAX)?.is_done() {}
        Ok(own.finish()?)
    };
    let cells = [centred(cells.reference)?, centred(cells.query)?];
    told_well(cells, [&sides[0].classes, &sides[1].classes], n_classes)
}
