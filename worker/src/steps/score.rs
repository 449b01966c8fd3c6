//! Judging every view, and its controls, by kNN on held-out cells of the same folds.

use lexicell_analysis::evaluation::{CellView, Evaluation};
use lexicell_analysis::folds::{Folds, Split, stratified_k_fold};
use lexicell_analysis::gene_table::random_table;
use lexicell_analysis::metrics::Confusion;
use lexicell_analysis::normalize::Normalized;
use lexicell_analysis::rng::SplitMix64;
use lexicell_analysis::score::{MeanSd as Spread, Score};
use lexicell_matrix::{Categorical, DenseMatrix};
use lexicell_protocol::{
    ClassScore, FailureKind, MeanSd, Method, MethodScore, Note, NoteLevel, Output, ScoreReport,
    ScoreSettings, View,
};

use super::{missing, pool};
use crate::failure::IntoFailure;
use crate::session::{Dataset, GeneVectors, Shared};
use crate::task::{Stop, Task};

/// Units of evaluation between two looks at the clock.
const UNITS_PER_RUN: usize = 1;
/// Most classes that a label may have: more are names, not classes.
const MOST_CLASSES: usize = 500;

/// Scores the text view, its controls and the classical view.
pub(crate) async fn run(
    task: &Task,
    session: &Shared,
    settings: ScoreSettings,
) -> Result<Output, Stop> {
    let (dataset, vectors, embedding, pooling, pca) = {
        let session = session.borrow();
        let dataset = session.dataset.clone().ok_or_else(|| missing(task, "A data set"))?;
        let vectors = session.vectors.clone().ok_or_else(|| missing(task, "The genes' vectors"))?;
        let embedding =
            session.embedding(View::Text).ok_or_else(|| missing(task, "The cells' vectors"))?;
        (dataset, vectors, embedding, session.used.pool.clone(), session.used.pca.clone())
    };
    let labels = labels(task, &dataset, &settings.label)?;
    let normalized =
        Normalized::new(&dataset.adata.x, dataset.state).map_err(|error| error.at(task.step))?;
    let unusable: Vec<u32> = (0..embedding.n_rows())
        .filter(|&row| embedding.row(row).iter().all(|value| *value == 0.0))
        .map(|row| row as u32)
        .collect();
    let split = Split {
        labels: &labels,
        n_folds: settings.n_folds as usize,
        seed: settings.seed,
        duplicates: Some(&dataset.duplicates),
        unusable: &unusable,
    };
    let folds = stratified_k_fold(&split).map_err(|error| error.at(task.step))?;
    let k = settings.k as usize;
    let by_pca = CellView::Pca {
        expression: &normalized,
        n_top_genes: pca.n_top_genes as usize,
        n_components: pca.n_comps as usize,
        seed: pca.seed,
    };
    let mut scores = Vec::new();
    let n_methods = 4;
    let mut judge = Judge { task, labels: &labels, folds: &folds, k, n_methods, done: 0 };
    scores.push(judge.score(Method::View(View::Text), CellView::Embedding(&embedding)).await?);
    scores.push(judge.score(Method::View(View::Pca), by_pca).await?);
    for method in [Method::RandomVectors, Method::ShuffledTexts] {
        let table =
            control_table(method, &vectors, settings.seed).map_err(|error| error.at(task.step))?;
        let (cells, _) = pool::on_cpu_with(task, &dataset, &vectors.rows, &table, &pooling).await?;
        scores.push(judge.score(method, CellView::Embedding(&cells)).await?);
    }
    scores.push(majority(&labels, &folds));
    let report = report(settings, &labels, &folds, scores);
    session.borrow_mut().score = Some(std::rc::Rc::new(report.clone()));
    Ok(Output::Score(Box::new(report)))
}

struct Judge<'a> {
    task: &'a Task,
    labels: &'a Categorical,
    folds: &'a Folds,
    k: usize,
    n_methods: u64,
    done: u64,
}

impl Judge<'_> {
    async fn score(&mut self, method: Method, view: CellView<'_>) -> Result<MethodScore, Stop> {
        let mut evaluation = Evaluation::new(view, self.labels, self.folds, self.k)
            .map_err(|error| error.at(self.task.step))?;
        loop {
            let progress =
                evaluation.run(UNITS_PER_RUN).map_err(|error| error.at(self.task.step))?;
            let n_folds = self.folds.n_folds as u64;
            let done =
                self.done * n_folds + progress.done as u64 * n_folds / progress.total.max(1) as u64;
            self.task.tick("folds", done, self.n_methods * n_folds).await?;
            if progress.is_done() {
                break;
            }
        }
        self.done += 1;
        let score = evaluation.finish().map_err(|error| error.at(self.task.step))?;
        Ok(in_words(method, self.labels, &score))
    }
}

fn labels(task: &Task, dataset: &Dataset, name: &str) -> Result<Categorical, Stop> {
    let column = dataset.adata.obs.column(name).ok_or_else(|| {
        task.failure(FailureKind::BadSetting, format!("There is no column {name:?} in obs."))
    })?;
    let refuse = |found: String| {
        let mut failure = task.failure(
            FailureKind::UnfitLabels,
            format!("{name:?}: expected 2 to {MOST_CLASSES} classes, found {found}."),
        );
        failure.remedy =
            Some("Choose a column that names cell types, conditions or clusters.".to_owned());
        Stop::Failed(failure)
    };
    let labels = column.to_categorical().ok_or_else(|| refuse("real numbers".to_owned()))?;
    let n_classes = labels.counts().iter().filter(|&&count| count > 0).count();
    if n_classes > MOST_CLASSES {
        return Err(refuse(format!("{n_classes} different values")));
    }
    Ok(labels)
}

/// The gene vectors of a control: random, or the texts' own given to other genes.
fn control_table(
    method: Method,
    vectors: &GeneVectors,
    seed: u64,
) -> Result<DenseMatrix, lexicell_analysis::AnalysisError> {
    let (n, d) = (vectors.table.n_rows(), vectors.table.n_cols());
    if method == Method::RandomVectors {
        return random_table(seed, n, d);
    }
    let mut order: Vec<usize> = (0..n).collect();
    SplitMix64::new(seed).shuffle(&mut order);
    let mut table = DenseMatrix::zeros(n, d);
    for (row, &from) in order.iter().enumerate() {
        table.row_mut(row).copy_from_slice(vectors.table.row(from));
    }
    Ok(table)
}

/// Tells every test cell the most frequent class of the training cells.
fn majority(labels: &Categorical, folds: &Folds) -> MethodScore {
    let n_classes = labels.categories.len();
    let mut all = Confusion::new(n_classes);
    let mut per_fold: Vec<[f64; 4]> = Vec::new();
    for fold in 0..folds.n_folds {
        let mut counts = vec![0usize; n_classes];
        for cell in folds.train(fold) {
            counts[labels.codes[cell] as usize] += 1;
        }
        let told = (0..n_classes)
            .max_by_key(|&class| (counts[class], std::cmp::Reverse(class)))
            .unwrap_or(0) as u32;
        let mut own = Confusion::new(n_classes);
        for cell in folds.test(fold) {
            own.add(labels.codes[cell], told);
            all.add(labels.codes[cell], told);
        }
        per_fold.push([own.accuracy(), own.balanced_accuracy(), own.macro_f1(), own.weighted_f1()]);
    }
    let spread =
        |at: usize| mean_sd(&per_fold.iter().map(|scores| scores[at]).collect::<Vec<f64>>());
    MethodScore {
        method: Method::Majority,
        accuracy: spread(0),
        balanced_accuracy: spread(1),
        macro_f1: spread(2),
        weighted_f1: spread(3),
        per_class: classes(labels, &all),
        confusion: all.counts().iter().map(|&count| count as u32).collect(),
    }
}

fn mean_sd(values: &[f64]) -> MeanSd {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n.max(1.0);
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    MeanSd { mean, sd: if n > 1.0 { (squares / (n - 1.0)).sqrt() } else { 0.0 } }
}

fn in_words(method: Method, labels: &Categorical, score: &Score) -> MethodScore {
    let spread = |spread: Spread| MeanSd { mean: spread.mean, sd: spread.sd };
    MethodScore {
        method,
        accuracy: spread(score.accuracy),
        balanced_accuracy: spread(score.balanced_accuracy),
        macro_f1: spread(score.macro_f1),
        weighted_f1: spread(score.weighted_f1),
        per_class: classes(labels, &score.confusion),
        confusion: score.confusion.counts().iter().map(|&count| count as u32).collect(),
    }
}

fn classes(labels: &Categorical, confusion: &Confusion) -> Vec<ClassScore> {
    let named = labels.categories.iter().zip(confusion.per_class());
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

fn report(
    settings: ScoreSettings,
    labels: &Categorical,
    folds: &Folds,
    scores: Vec<MethodScore>,
) -> ScoreReport {
    let n_obs =
        folds.of_cell.iter().filter(|&&fold| fold != lexicell_analysis::folds::EXCLUDED).count()
            as u64;
    ScoreReport {
        verdict: verdict(&scores),
        notes: notes(labels, folds),
        n_obs,
        n_unlabeled: folds.notes.unlabelled as u64,
        classes: labels.categories.clone(),
        settings,
        scores,
    }
}

fn notes(labels: &Categorical, folds: &Folds) -> Vec<Note> {
    let names = |list: &[(u32, usize)]| {
        let named: Vec<String> = list
            .iter()
            .map(|&(class, n)| format!("{} ({n})", labels.categories[class as usize]))
            .collect();
        named.join(", ")
    };
    let mut notes = Vec::new();
    let mut warn = |text: String| notes.push(Note { level: NoteLevel::Warning, text });
    if !folds.notes.left_out.is_empty() {
        warn(format!(
            "Left out, for want of a second distinct cell: {}.",
            names(&folds.notes.left_out)
        ));
    }
    if !folds.notes.thin.is_empty() {
        warn(format!(
            "Fewer cells than folds, so that some folds test none of them: {}.",
            names(&folds.notes.thin)
        ));
    }
    if folds.notes.unusable > 0 {
        warn(format!(
            "{} labelled cells have no gene with a vector and are left out.",
            folds.notes.unusable
        ));
    }
    notes
}

/// What the numbers say about the text, by macro-F1; a difference below one sd of the folds says nothing.
fn verdict(scores: &[MethodScore]) -> String {
    let of = |method: Method| {
        scores.iter().find(|score| score.method == method).map(|score| score.macro_f1)
    };
    let Some(text) = of(Method::View(View::Text)) else { return String::new() };
    let controls = [Method::RandomVectors, Method::ShuffledTexts].into_iter().filter_map(of);
    let best = controls.fold(None, |best: Option<MeanSd>, next| {
        if best.is_some_and(|best| best.mean >= next.mean) { best } else { Some(next) }
    });
    let mut sentences = Vec::new();
    if let Some(control) = best {
        sentences.push(compare(text, control, "random or exchanged gene vectors: the words themselves help here", "random or exchanged gene vectors: within this data set the words themselves add nothing, cells differ by which genes they express"));
    }
    if let Some(pca) = of(Method::View(View::Pca)) {
        sentences.push(compare(text, pca, "PCA of expression", "PCA of expression"));
    }
    sentences.join(" ")
}

fn compare(text: MeanSd, other: MeanSd, better: &str, worse: &str) -> String {
    let difference = text.mean - other.mean;
    let margin = text.sd.max(other.sd);
    let figures = format!("macro-F1 {:.3} against {:.3}", text.mean, other.mean);
    if difference > margin {
        format!("Text is better than {better} ({figures}).")
    } else if difference < -margin {
        format!("Text is worse than {worse} ({figures}).")
    } else {
        format!(
            "Text and {} cannot be told apart ({figures}; the difference is below one sd of the folds).",
            worse.split(':').next().unwrap_or(worse)
        )
    }
}
