use lexicell_analysis::{
    contrastive::{Augment, Objective, PooledViews},
    score::Score,
    split::Scheme,
};
use lexicell_genes::Template;

use super::{Factor, enter, first, is_there};
use crate::{
    case::{Case, FOLDS},
    error::Result,
    judge::{Judge, Method},
    refine::{Recipe, Views},
    run::Run,
    spaces::{POOLING, empty_cells},
};

/// Draws: each round trains a head.
const DRAWS: usize = 1;

/// Judged on the refined view.
pub(super) const FACTORS: [Factor; 4] = [
    Factor {
        name: "objective",
        levels: &["SupCon + NT-Xent", "SupCon", "NT-Xent", "SupCon on views", "triplet + CE"],
        shipped: "SupCon + NT-Xent",
    },
    Factor { name: "temperature", levels: &["0.1", "0.05", "0.07", "0.2"], shipped: "0.1" },
    Factor {
        name: "learning rate",
        levels: &["0.001", "0.0003", "0.003", "0.01"],
        shipped: "0.001",
    },
    Factor { name: "head", levels: &["256 → 128", "linear → 128"], shipped: "256 → 128" },
];

/// Measures the factors of training on one set.
pub(crate) fn measure(run: &Run<'_>, case: &Case) -> Result<()> {
    let levels: Vec<(&Factor, &str)> = FACTORS
        .iter()
        .flat_map(|factor| factor.levels.iter().map(move |level| (factor, *level)))
        .collect();
    if run.only_missing && is_there(run, case, &levels)? {
        return Ok(());
    }
    let view = case.view()?;
    let genes = run.table(case, &Template::NAME_SUMMARY)?.whitened()?;
    let text = genes.pool(&view, POOLING)?;
    let views = PooledViews::new(
        &case.set.x,
        case.set.state,
        genes.rows.clone(),
        &genes.table,
        POOLING,
        Augment::default(),
    )?;
    let plan = case.plan(Scheme::StratifiedKFold { n_folds: FOLDS }, DRAWS, &empty_cells(&text))?;
    let judge = Judge::new(case, &view, run);
    // What is shipped is a level of every factor, and trained once.
    let (mut methods, mut of_level) = (Vec::new(), Vec::new());
    for (factor, level) in &levels {
        if *level == factor.shipped && !methods.is_empty() {
            of_level.push(0);
        } else {
            of_level.push(methods.len());
            methods.push(Method::Refined(&text, recipe(factor, level, &views)));
        }
    }
    let scores: Vec<Score> = judge.scores(&plan, &methods)?.into_iter().map(first).collect();
    let scores: Vec<&Score> = of_level.iter().map(|&method| &scores[method]).collect();
    enter(run, case, &plan, &levels, &scores)?;
    eprintln!("  {} training: {} rounds", case.set.spec.key, plan.rounds.len());
    Ok(())
}

/// How a level trains, everything else as shipped.
fn recipe<'a>(factor: &Factor, level: &str, views: &'a dyn Views) -> Recipe<'a> {
    let Recipe { mut options, views: mut needed } = Recipe::shipped(views);
    match level {
        "SupCon + NT-Xent" => {}
        "SupCon" => (options.objective, needed) = (Objective::SupCon, None),
        "NT-Xent" => options.objective = Objective::NtXent,
        "SupCon on views" => options.objective = Objective::SupCon,
        "triplet + CE" => {
            (options.objective, needed) = (Objective::TripletCrossEntropy { margin: 0.2 }, None);
        }
        "linear → 128" => options.hidden = None,
        level if factor.name == "learning rate" => {
            options.learning_rate = level.parse().unwrap_or(options.learning_rate);
        }
        level => options.temperature = level.parse().unwrap_or(options.temperature),
    }
    Recipe { options, views: needed }
}
