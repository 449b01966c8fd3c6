use lexicell_analysis::{normalize::Normalized, pool::PoolWeights, score::Score, split::Scheme};
use lexicell_genes::Template;
use lexicell_matrix::DenseMatrix;

use super::{Factor, enter, first, is_there};
use crate::{
    case::{Case, DRAWS, FOLDS},
    error::Result,
    judge::{Judge, Method},
    run::Run,
    spaces::{GeneTable, POOLING, empty_cells},
};

/// Judged on the text view.
pub(super) const FACTORS: [Factor; 5] = [
    Factor { name: "genes", levels: &["50", "100", "200", "500", "1000", "all"], shipped: "100" },
    Factor { name: "weights", levels: &["rank", "expression", "uniform"], shipped: "rank" },
    Factor {
        name: "template",
        levels: &["name + summary", "name", LONGEST],
        shipped: "name + summary",
    },
    Factor { name: "gene table", levels: &["whitened", AS_EMBEDDED], shipped: "whitened" },
    Factor { name: "centring", levels: &["on", OFF], shipped: "on" },
];
const LONGEST: &str = "name + summary + GO";
const OFF: &str = "off";
const AS_EMBEDDED: &str = "as embedded";

/// Measures the factors of the text space on one set.
pub(crate) fn measure(run: &Run<'_>, case: &Case) -> Result<()> {
    let go = run.table(case, &Template::NAME_SUMMARY_GO);
    let levels: Vec<(&Factor, &str)> = FACTORS
        .iter()
        .flat_map(|factor| factor.levels.iter().map(move |level| (factor, *level)))
        // The longest texts are embedded last; a set whose vectors are not there yet is left out.
        .filter(|(_, level)| *level != LONGEST || go.is_ok())
        .collect();
    if run.only_missing && is_there(run, case, &levels)? {
        return Ok(());
    }
    let view = case.view()?;
    let embedded = run.table(case, &Template::NAME_SUMMARY)?;
    let tables = Tables {
        shipped: embedded.whitened()?,
        name: run.table(case, &Template::NAME)?.whitened()?,
        go: go.ok().map(|go| go.whitened()).transpose()?,
        embedded,
    };
    let cells: Vec<DenseMatrix> =
        levels.iter().map(|(_, level)| tables.pool(&view, level)).collect::<Result<_>>()?;
    let unusable = empty_cells(&tables.shipped.pool(&view, POOLING)?);
    let plan = case.plan(Scheme::StratifiedKFold { n_folds: FOLDS }, DRAWS, &unusable)?;
    let judge = Judge::new(case, &view, run);
    let methods: Vec<Method<'_>> = levels
        .iter()
        .zip(&cells)
        .map(|((_, level), cells)| match *level {
            OFF => Method::Uncentred(vec![cells]),
            _ => Method::Embedding(vec![cells]),
        })
        .collect();
    let scores: Vec<Score> = judge.scores(&plan, &methods)?.into_iter().map(first).collect();
    enter(run, case, &plan, &levels, &scores.iter().collect::<Vec<_>>())?;
    eprintln!("  {} space: {} rounds", case.set.spec.key, plan.rounds.len());
    Ok(())
}

/// Gene tables that levels pool.
struct Tables {
    shipped: GeneTable,
    name: GeneTable,
    go: Option<GeneTable>,
    embedded: GeneTable,
}

impl Tables {
    /// The cells as a level has them, everything else as shipped.
    fn pool(&self, view: &Normalized<'_>, level: &str) -> Result<DenseMatrix> {
        let (mut settings, shipped) = (POOLING, &self.shipped);
        let table = match level {
            "all" => {
                settings.top_n = None;
                shipped
            }
            "uniform" => {
                settings.weights = PoolWeights::Uniform;
                shipped
            }
            "expression" => {
                settings.weights = PoolWeights::Expression;
                shipped
            }
            "name" => &self.name,
            LONGEST => self.go.as_ref().unwrap_or(shipped),
            AS_EMBEDDED => &self.embedded,
            level => {
                settings.top_n = level.parse().ok().or(settings.top_n);
                shipped
            }
        };
        table.pool(view, settings)
    }
}
