//! The scores as the page shows them: tables, comparisons, and notes on what was left out.

use lexicell_analysis::class_order::class_order;
use lexicell_analysis::comparison::{corrected_t_test, overlap};
use lexicell_analysis::metrics::Confusion;
use lexicell_analysis::reliability::Bin;
use lexicell_analysis::score::{FoldScore as Fold, MeanSd as Spread, Score};
use lexicell_matrix::Categorical;
use lexicell_protocol::{
    ClassScore, Comparison, FoldScore, MeanSd, Method, MethodScore, Note, NoteLevel,
    ReliabilityBin, ScoreReport, ScoreSettings, Split, View,
};

use super::inputs::Inputs;
use super::{verdict, warning};

/// Draws that a published score needs at least.
const REPEATS_TO_PUBLISH: u32 = 5;
/// Names that a note lists at most.
const N_NAMED: usize = 12;

const TEXT: Method = Method::View(View::Text);
const REFINED: Method = Method::View(View::Refined);
const PCA: Method = Method::View(View::Pca);

/// Each method and what it is held against.
const PAIRS: [(Method, Method); 18] = [
    (TEXT, Method::RandomVectors),
    (TEXT, Method::ShuffledTexts),
    (TEXT, Method::NamesOnly),
    (TEXT, PCA),
    (REFINED, TEXT),
    (REFINED, Method::RandomVectors),
    (REFINED, Method::ShuffledTexts),
    (REFINED, PCA),
    (REFINED, Method::RefinedPca),
    (REFINED, Method::LogisticPca),
    (Method::Joint, PCA),
    (Method::Joint, Method::RefinedPca),
    (Method::Joint, REFINED),
    (Method::RefinedPca, PCA),
    (PCA, Method::LogisticPca),
    (Method::DroppedVectors, TEXT),
    (Method::DroppedVectors, Method::RandomVectors),
    (Method::DroppedVectors, PCA),
];

/// How a method is called in notes and in the verdict.
pub(super) fn name(method: Method) -> &'static str {
    match method {
        TEXT => "Text",
        REFINED => "Refined text",
        Method::Joint => "Joint view",
        PCA => "PCA of expression",
        Method::RefinedPca => "Refined PCA",
        Method::LogisticPca => "Logistic regression on PCA",
        Method::DroppedVectors => "Dropped gene vectors",
        Method::RandomVectors => "Random gene vectors",
        Method::ShuffledTexts => "Texts exchanged among genes",
        Method::NamesOnly => "Names without descriptions",
        Method::Majority => "The most frequent class",
    }
}

/// The report, with what was noted on the way.
pub(super) fn report(
    settings: ScoreSettings,
    inputs: &Inputs,
    scores: &[(Method, Score)],
    noted: Vec<Note>,
) -> ScoreReport {
    let comparisons = comparisons(inputs, scores);
    let mut notes = notes(&settings, inputs);
    notes.extend(noted);
    ScoreReport {
        n_obs: inputs.plan.n_obs() as u64,
        n_unlabeled: inputs.plan.notes.split.unlabelled as u64,
        classes: inputs.labels.categories.clone(),
        class_order: order(inputs, scores),
        verdict: verdict::verdict(scores, &comparisons),
        scores: scores.iter().map(|(method, score)| in_words(*method, inputs, score)).collect(),
        comparisons,
        notes,
        settings,
    }
}

/// The paired differences of macro-F1 of those pairs that were both judged.
fn comparisons(inputs: &Inputs, scores: &[(Method, Score)]) -> Vec<Comparison> {
    let plan = &inputs.plan;
    let mut found = Vec::new();
    for point in plan.points() {
        let overlap = overlap(plan, point);
        let macro_f1 = |wanted: Method| -> Option<Vec<f64>> {
            let mut own = scores.iter().filter(|(_, score)| score.per_class_trained == point);
            let (_, score) = own.find(|(method, _)| *method == wanted)?;
            Some(score.folds.iter().map(|fold| fold.macro_f1).collect())
        };
        for (method, baseline) in PAIRS {
            let (Some(first), Some(second)) = (macro_f1(method), macro_f1(baseline)) else {
                continue;
            };
            let Ok(test) = corrected_t_test(&first, &second, overlap) else { continue };
            found.push(Comparison {
                method,
                baseline,
                per_class_trained: point.map(|n| n as u32),
                difference: test.difference,
                low: test.low,
                high: test.high,
                p: test.p,
            });
        }
    }
    found
}

/// One order for all pictures: by the confusion of all views together.
fn order(inputs: &Inputs, scores: &[(Method, Score)]) -> Vec<u32> {
    let mut all = Confusion::new(inputs.labels.categories.len());
    let is_view =
        |method: Method| matches!(method, Method::View(_) | Method::Joint | Method::RefinedPca);
    for (_, score) in scores.iter().filter(|(method, _)| is_view(*method)) {
        all.absorb(&score.confusion);
    }
    class_order(&all)
}

fn in_words(method: Method, inputs: &Inputs, score: &Score) -> MethodScore {
    let spread = |spread: Spread| MeanSd { mean: spread.mean, sd: spread.sd };
    let constant = method == Method::Majority;
    MethodScore {
        method,
        per_class_trained: score.per_class_trained.map(|n| n as u32),
        accuracy: spread(score.accuracy),
        balanced_accuracy: spread(score.balanced_accuracy),
        macro_f1: spread(score.macro_f1),
        weighted_f1: spread(score.weighted_f1),
        per_class: classes(&inputs.labels, score),
        folds: score.folds.iter().map(fold).collect(),
        reliability: score.reliability.iter().filter(|_| !constant).map(bin).collect(),
        confusion: score.confusion.counts().iter().map(|&count| count as u32).collect(),
    }
}

fn fold(fold: &Fold) -> FoldScore {
    FoldScore {
        repeat: fold.repeat as u32,
        fold: fold.fold as u32,
        n_train: fold.n_train as u64,
        n_test: fold.n_test as u64,
        accuracy: fold.accuracy,
        balanced_accuracy: fold.balanced_accuracy,
        macro_f1: fold.macro_f1,
        weighted_f1: fold.weighted_f1,
    }
}

fn bin(bin: &Bin) -> ReliabilityBin {
    ReliabilityBin { confidence: bin.confidence, accuracy: bin.accuracy, n_obs: bin.n_obs }
}

fn classes(labels: &Categorical, score: &Score) -> Vec<ClassScore> {
    let named = labels.categories.iter().zip(&score.per_class);
    named
        .map(|(name, score)| ClassScore {
            name: name.clone(),
            precision: score.precision,
            recall: score.recall,
            f1: score.f1,
            support: score.support,
        })
        .collect()
}

fn notes(settings: &ScoreSettings, inputs: &Inputs) -> Vec<Note> {
    let found = &inputs.plan.notes;
    let class = |class: u32| inputs.labels.categories[class as usize].as_str();
    let mut notes = Vec::new();
    let mut warn = |text: String| notes.push(warning(text));
    if !found.split.left_out.is_empty() {
        let names =
            listed(found.split.left_out.iter().map(|&(c, n)| format!("{} ({n})", class(c))));
        warn(format!("Left out, for want of a second distinct cell: {names}."));
    }
    if !found.split.thin.is_empty() {
        let names = listed(found.split.thin.iter().map(|&(c, n)| format!("{} ({n})", class(c))));
        warn(format!("Fewer cells than folds, so that some folds test none of them: {names}."));
    }
    if found.split.unusable > 0 {
        let n = found.split.unusable;
        warn(format!("{n} labelled cells have no gene with a vector and are left out."));
    }
    if found.without_group > 0 {
        warn(format!("{} labelled cells have no group and are left out.", found.without_group));
    }
    if !found.one_group.is_empty() {
        let group = |code: u32| {
            let groups = inputs.groups.as_ref().and_then(|of| of.categories.get(code as usize));
            groups.cloned().unwrap_or_default()
        };
        let names = found.one_group.iter().map(|&(c, g)| format!("{} (in {})", class(c), group(g)));
        let names = listed(names);
        warn(format!(
            "Left out, since they live in one group and cannot be in training and test cells at once: {names}."
        ));
    }
    if !found.untrained.is_empty() {
        let mut classes: Vec<u32> = found.untrained.iter().map(|&(_, class)| class).collect();
        classes.sort_unstable();
        classes.dedup();
        let names = listed(classes.into_iter().map(|c| class(c).to_owned()));
        warn(format!(
            "In some rounds no training cell is of the class, so that no method can tell it: {names}."
        ));
    }
    if !found.short.is_empty() {
        let names = found.short.iter();
        let names = listed(
            names.map(|&(c, n, wanted)| format!("{} ({n} cells, {wanted} wanted)", class(c))),
        );
        warn(format!(
            "Too few cells for a point of the curve, so that half of them train: {names}."
        ));
    }
    if found.copies_left_out > 0 {
        notes.push(info(format!(
            "Exact copies of cells never lie on both sides: over all rounds, {} copies were kept out.",
            found.copies_left_out
        )));
    }
    notes.extend(on_repeats(settings, inputs));
    notes
}

/// What the number of draws allows to be said.
fn on_repeats(settings: &ScoreSettings, inputs: &Inputs) -> Vec<Note> {
    let mut notes = Vec::new();
    let is_curve = matches!(settings.split, Split::FewLabels { .. });
    if inputs.plan.notes.repeats_left_out > 0 {
        notes.push(info(format!(
            "The groups can be dealt in {} ways only, so that many draws were made instead of {}.",
            inputs.plan.n_repeats(),
            settings.repeats
        )));
    } else if settings.repeats == 1 {
        let spread = if is_curve {
            "there is no spread and nothing can be compared"
        } else {
            "the sd is that of its folds only"
        };
        notes.push(info(format!(
            "One draw of the split: {spread}. Publish at least {REPEATS_TO_PUBLISH} draws."
        )));
    } else if settings.repeats < REPEATS_TO_PUBLISH {
        notes.push(info(format!(
            "{} draws of the split: publish at least {REPEATS_TO_PUBLISH}.",
            settings.repeats
        )));
    }
    if is_curve {
        notes.push(info(format!(
            "On the low-sample curve at most as many neighbours vote as cells of a class train (never more than {}), and intervals are about the draw of the labelled cells from this data set.",
            settings.k
        )));
    }
    notes
}

fn listed(names: impl ExactSizeIterator<Item = String>) -> String {
    let n = names.len();
    let mut text = names.take(N_NAMED).collect::<Vec<_>>().join(", ");
    if n > N_NAMED {
        text.push_str(&format!(" and {} more", n - N_NAMED));
    }
    text
}

fn info(text: String) -> Note {
    Note { level: NoteLevel::Info, text }
}
