//! Labels carried from the cells of a reference to those of a query, and how well.

use lexicell_analysis::{
    centering::Centering,
    comparison::corrected_t_test,
    contrastive::{Augment, PooledViews, Refiner, TrainOptions},
    metrics::Confusion,
    normalize::Normalized,
    pool::{PoolSettings, PoolWeights},
    score::MeanSd,
    state::MatrixState,
    transfer::{ContrastPool, ContrastWeights, LabelTransfer},
};
use lexicell_matrix::{CsrMatrix, DenseMatrix};

use crate::{
    error::Result,
    paired::{self, Paired},
    refine::{Recipe, fit},
    spaces::{K, POOLING, pool},
    table::{Page, Table, full_mean_sd},
};

/// A way from the genes of a side to its cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Space {
    Contrast(ContrastWeights),
    /// The shipped pooling, each side centred on its own mean.
    Mean,
    /// The same of so many genes.
    MeanOf(usize),
    /// The same weighted by expression.
    ExpressionMean,
    /// The shipped pooling refined by a head that the reference alone trained to be independent of its
    /// panel, each side centred on its own mean.
    Head,
    Majority,
}

/// Cells of one side.
pub(crate) struct Side {
    pub(crate) x: CsrMatrix,
    pub(crate) state: MatrixState,
    pub(crate) classes: Vec<u32>,
}

/// A side as its genes' vectors show it.
#[derive(Clone, Copy)]
pub(crate) struct Seen<'a> {
    pub(crate) side: &'a Side,
    pub(crate) rows: &'a [Option<u32>],
    pub(crate) table: &'a DenseMatrix,
}

/// Accuracy and macro-F1 of one draw.
pub(crate) type Draw = [f64; 2];
/// A row of a table and its draws.
pub(crate) type Method = (&'static str, Vec<Draw>);

/// How well the query's classes are told by the reference's.
pub(crate) fn carried(
    [reference, query]: [Seen<'_>; 2],
    space: Space,
    seed: u64,
    n_classes: usize,
) -> Result<Draw> {
    let (classes, truth) = (&reference.side.classes, &query.side.classes);
    let told = if space == Space::Majority {
        let mut counts = vec![0usize; n_classes];
        classes.iter().for_each(|&class| counts[class as usize] += 1);
        let most = (0..n_classes).max_by_key(|&c| (counts[c], usize::MAX - c)).unwrap_or(0);
        vec![most as u32; truth.len()]
    } else {
        let [first, second] = cells([reference, query], space, seed)?;
        return told_well([first, second], [classes, truth], n_classes);
    };
    Ok(score(&told, truth, n_classes))
}

/// How well the second side's classes are told by the first's, both centred.
pub(crate) fn told_well(
    [reference, query]: [DenseMatrix; 2],
    [classes, truth]: [&[u32]; 2],
    n_classes: usize,
) -> Result<Draw> {
    let mut transfer = LabelTransfer::new(&reference, classes, query, K)?;
    while !transfer.run(usize::MAX)?.is_done() {}
    Ok(score(&transfer.finish()?.told.classes, truth, n_classes))
}

fn score(told: &[u32], truth: &[u32], n_classes: usize) -> Draw {
    let mut confusion = Confusion::new(n_classes);
    for (&truth, &class) in truth.iter().zip(told) {
        confusion.add(truth, class);
    }
    // A cell that was told no class is told wrong.
    let n_told = told.iter().filter(|&&class| (class as usize) < n_classes).count();
    let share = n_told as f64 / told.len().max(1) as f64;
    [confusion.accuracy() * share, confusion.macro_f1()]
}

fn cells(sides: [Seen<'_>; 2], space: Space, seed: u64) -> Result<[DenseMatrix; 2]> {
    let [first, second] = sides.map(|seen| Normalized::new(&seen.side.x, seen.side.state));
    let (first, second) = (first?, second?);
    if let Space::Contrast(weights) = space {
        let side = |view, seen: Seen<'_>| -> Result<DenseMatrix> {
            let mut pool = ContrastPool::new(view, seen.rows, seen.table, weights)?;
            while !pool.run(usize::MAX)?.is_done() {}
            Ok(pool.finish()?)
        };
        return Ok([side(&first, sides[0])?, side(&second, sides[1])?]);
    }
    let settings = match space {
        Space::MeanOf(n) => PoolSettings { top_n: Some(n), ..POOLING },
        Space::ExpressionMean => PoolSettings { weights: PoolWeights::Expression, ..POOLING },
        _ => POOLING,
    };
    let pooled = |view, seen: Seen<'_>| pool(view, seen.rows, seen.table, settings);
    let pooled = [pooled(&first, sides[0])?, pooled(&second, sides[1])?];
    let head = match space {
        Space::Head => Some(panel_independent(sides[0], &pooled[0], seed)?),
        _ => None,
    };
    let centred = |cells: &DenseMatrix| -> Result<DenseMatrix> {
        let rows: Vec<usize> = (0..cells.n_rows()).collect();
        let centering = Centering::fit(cells, &rows)?;
        match &head {
            // The query is another panel: its own mean takes the place of the reference's.
            Some(refiner) => {
                Ok(Refiner { centering, head: refiner.head.clone() }.apply(cells, &rows)?)
            }
            None => Ok(centering.apply(cells, &rows)?),
        }
    };
    Ok([centred(&pooled[0])?, centred(&pooled[1])?])
}

fn panel_independent(seen: Seen<'_>, pooled: &DenseMatrix, seed: u64) -> Result<Refiner> {
    let augment = Augment { disjoint_genes: true, gene_dropout: 0.0, count_share: 1.0 };
    let Seen { side, rows, table } = seen;
    let views = PooledViews::new(&side.x, side.state, rows.to_vec(), table, POOLING, augment)?;
    let options = TrainOptions { seed, ..TrainOptions::default() };
    let train: Vec<usize> = (0..pooled.n_rows()).collect();
    fit(pooled, &train, &side.classes, &Recipe { options, views: Some(&views) })
}

/// Columns of figures.
pub(crate) const SCORES: &[&str] =
    &["set", "method", "draws", "accuracy", "accuracy_sd", "macro_f1", "macro_f1_sd"];
/// Columns of differences.
pub(crate) const COMPARISONS: &[&str] =
    &["set", "first", "second", "metric", "difference", "low", "high", "p"];
const METRICS: [&str; 2] = ["accuracy", "macro_f1"];

/// The figures of all methods on one set.
pub(crate) fn scores(set: &str, methods: &[Method]) -> Vec<Vec<String>> {
    let row = |(name, draws): &Method| {
        let names = [set.to_owned(), (*name).to_owned(), draws.len().to_string()];
        let figures = [0, 1].map(|metric| full_mean_sd(spread(draws, metric)));
        names.into_iter().chain(figures.into_iter().flatten()).collect()
    };
    methods.iter().map(row).collect()
}

/// The differences of all pairs on one set; `overlap` as [`corrected_t_test`] has it.
pub(crate) fn comparisons(
    set: &str,
    methods: &[Method],
    pairs: &[(&str, &str)],
    overlap: f64,
) -> Result<Vec<Vec<String>>> {
    let of = |name: &str| methods.iter().find(|(own, _)| *own == name).map(|(_, draws)| draws);
    let mut rows = Vec::new();
    for &(first, second) in pairs {
        let (Some(one), Some(other)) = (of(first), of(second)) else { continue };
        for (at, metric) in METRICS.into_iter().enumerate() {
            let values = |draws: &[Draw]| draws.iter().map(|draw| draw[at]).collect::<Vec<f64>>();
            let found = corrected_t_test(&values(one), &values(other), overlap)?;
            let names = [set, first, second, metric].map(str::to_owned).into_iter();
            rows.push(names.chain(paired::fields(found)).collect());
        }
    }
    Ok(rows)
}

/// Macro-F1, accuracy and differences, sets in rows.
pub(crate) fn sections(
    page: &mut Page,
    names: &[&str],
    scores: &Table,
    (pairs, comparisons): (&[(&str, &str)], &Table),
    differences: &str,
) {
    for (title, metric) in [("Macro-F1", "macro_f1"), ("Accuracy", "accuracy")] {
        let wide = Table::wide(
            names.iter().map(|name| (*name).to_owned()),
            scores.rows(),
            |row| names.iter().position(|name| *name == row.text("method")),
            |row| row.mean_sd(metric),
        );
        page.section(title, "Mean ± sd over draws.", &wide);
    }
    let wide = Table::wide(
        pairs.iter().copied().map(paired::title),
        comparisons.rows().filter(|row| row.text("metric") == "macro_f1"),
        |row| paired::place(row, pairs),
        |row| Paired::read(row).in_words(),
    );
    page.section("Differences", differences, &wide);
}

fn spread(draws: &[Draw], metric: usize) -> MeanSd {
    let n = draws.len() as f64;
    let mean = draws.iter().map(|draw| draw[metric]).sum::<f64>() / n;
    let squares: f64 = draws.iter().map(|draw| (draw[metric] - mean).powi(2)).sum();
    MeanSd { mean, sd: (squares / (n - 1.0).max(1.0)).sqrt() }
}
