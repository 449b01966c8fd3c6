//! Methods × splits on every labelled data set.

mod page;

use lexicell_analysis::{
    comparison::{Comparison, corrected_t_test, overlap},
    contrastive::{Augment, PooledViews, joint::JointOptions},
    score::{FoldScore, Score},
    split::{Plan, Scheme},
};
use lexicell_genes::Template;
pub(crate) use page::page;

use crate::{
    case::{Case, DRAWS, FEW, FOLDS},
    error::Result,
    judge::{Judge, Method},
    paired,
    refine::Recipe,
    results::{Key, Sheet},
    run::Run,
    sets,
    spaces::{POOLING, empty_cells},
    table::{full, full_mean_sd},
};

const NAMES: [&str; 15] = [
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
    "refined text, labels alone",
    "joint",
    "refined PCA, labels alone",
];
/// First and second of each comparison, as places in [`NAMES`].
const PAIRS: [(usize, usize); 21] = [
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
    (1, 12),
    (13, 3),
    (13, 2),
    (13, 1),
    (14, 2),
    (3, 14),
    (13, 14),
    (12, 2),
];

const STRATIFIED: &str = "stratified";
const FEW_LABELS: &str = "few labels";
const GROUPS: &str = "held-out groups";
/// Ways of holding out, as a full run takes them.
const SPLITS: [&str; 3] = [STRATIFIED, FEW_LABELS, GROUPS];
const KEY: &[Key] = &[
    Key { column: "set", place: sets::place },
    Key { column: "split", place: |split| SPLITS.iter().position(|own| *own == split) },
];

/// Figures of each method.
const SCORES: Sheet = Sheet {
    file: "methods.csv",
    header: &[
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
    ],
    key: KEY,
};
/// Differences on the same rounds.
const COMPARISONS: Sheet = Sheet {
    file: "comparisons.csv",
    header: &[
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
    ],
    key: KEY,
};

/// One way of holding out on one set.
struct Measured {
    set: &'static str,
    split: &'static str,
    plan: Plan,
    /// By method, then by point of the plan; none where a method was not run.
    scores: Vec<Vec<Score>>,
}

/// Measures all methods on one set.
pub(crate) fn measure(run: &Run<'_>, case: &Case) -> Result<()> {
    let mut schemes = vec![
        (STRATIFIED, Scheme::StratifiedKFold { n_folds: FOLDS }),
        (FEW_LABELS, Scheme::FewLabels { per_class: &FEW }),
    ];
    if let Some(groups) = &case.set.groups {
        schemes.push((GROUPS, Scheme::HeldOutGroups { groups, n_folds: FOLDS }));
    }
    let mut missing = Vec::new();
    for scheme in schemes {
        if !run.only_missing || !is_there(run, case, scheme.0)? {
            missing.push(scheme);
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    let view = case.view()?;
    let texts = run.table(case, &Template::NAME_SUMMARY)?.whitened()?;
    let names = run.table(case, &Template::NAME)?.whitened()?;
    let text = texts.pool(&view, POOLING)?;
    let names = names.pool(&view, POOLING)?;
    let (mut random, mut shuffled) = (Vec::new(), Vec::new());
    for seed in 0..DRAWS as u64 {
        random.push(texts.random(seed)?.whitened()?.pool(&view, POOLING)?);
        shuffled.push(texts.shuffled(seed).pool(&view, POOLING)?);
    }
    let views = PooledViews::new(
        &case.set.x,
        case.set.state,
        texts.rows.clone(),
        &texts.table,
        POOLING,
        Augment::default(),
    )?;
    let recipe = Recipe::shipped(&views);
    let methods = vec![
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
        Method::Refined(&text, Recipe::labels_alone()),
        Method::Joint(&text, JointOptions::default()),
        Method::RefinedPca(Recipe::labels_alone()),
    ];
    let judge = Judge::new(case, &view, run);
    let unusable = empty_cells(&text);
    for (split, scheme) in missing {
        let plan = case.plan(scheme, DRAWS, &unusable)?;
        let scores = judge.scores(&plan, &methods)?;
        let measured = Measured { set: case.set.spec.key, split, plan, scores };
        run.results.replace(&COMPARISONS, measured.comparisons()?)?;
        run.results.replace(&SCORES, measured.rows())?;
        eprintln!("  {} {split}: {} rounds", measured.set, measured.plan.rounds.len());
    }
    Ok(())
}

/// Whether each method stands in the table for that way of holding out.
fn is_there(run: &Run<'_>, case: &Case, split: &str) -> Result<bool> {
    let table = run.results.read(&SCORES)?;
    let stands =
        |name: &str| table.holds(["set", "split", "method"], [case.set.spec.key, split, name]);
    Ok(NAMES.iter().all(|name| stands(name)))
}

impl Measured {
    fn rows(&self) -> Vec<Vec<String>> {
        let mut rows = Vec::new();
        for (method, scores) in NAMES.iter().zip(&self.scores) {
            for score in scores {
                let point = point(score.per_class_trained);
                let names = [self.set, self.split, &point, method].map(str::to_owned);
                let spread = [score.macro_f1, score.accuracy].map(full_mean_sd);
                let means = [score.balanced_accuracy, score.weighted_f1].map(|m| full(m.mean));
                let figures = spread.into_iter().flatten().chain(means);
                let rounds = score.folds.len().to_string();
                rows.push(names.into_iter().chain([rounds]).chain(figures).collect());
            }
        }
        rows
    }

    fn comparisons(&self) -> Result<Vec<Vec<String>>> {
        type Metric = (&'static str, fn(&FoldScore) -> f64);
        let metrics: [Metric; 2] =
            [("macro_f1", |fold| fold.macro_f1), ("accuracy", |fold| fold.accuracy)];
        let mut rows = Vec::new();
        for per_class in self.plan.points() {
            for (first, second) in PAIRS {
                for (metric, value) in metrics {
                    let found = self.compare(per_class, (first, second), value)?;
                    let Some(found) = found else { continue };
                    let point = point(per_class);
                    let (first, second) = (NAMES[first], NAMES[second]);
                    let names = [self.set, self.split, &point, first, second, metric];
                    let names = names.map(str::to_owned).into_iter();
                    rows.push(names.chain(paired::fields(found)).collect());
                }
            }
        }
        Ok(rows)
    }

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

/// Training cells of each class, as a field.
fn point(per_class: Option<usize>) -> String {
    per_class.map_or_else(String::new, |n| n.to_string())
}
