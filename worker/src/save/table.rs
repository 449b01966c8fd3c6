//! Tables of the reports as CSV.

use std::fmt::Write;

use lexicell_protocol::{FailureKind, FoldScore, Method, MethodScore, ScoreReport, View};

use crate::session::Session;
use crate::task::{Stop, Task};

/// The columns of the score: what a line is about, then its value.
const HEADER: &str = "kind,method,baseline,training_cells_per_class,repeat,fold,class,metric,value,sd,low,high,p,training_cells,cells\r\n";

/// Genes without a record.
pub(crate) fn unmapped(task: &Task, session: &Session) -> Result<String, Stop> {
    let genes = session
        .genes
        .as_ref()
        .ok_or_else(|| task.failure(FailureKind::MissingInput, "The genes are not mapped yet."))?;
    Ok(genes.unmapped_csv.clone())
}

/// The last score: means, folds, classes and reliability of each method, then the comparisons.
pub(crate) fn score(task: &Task, session: &Session) -> Result<String, Stop> {
    let report = session
        .score
        .as_ref()
        .ok_or_else(|| task.failure(FailureKind::MissingInput, "There is no score yet."))?;
    let mut out = String::from(HEADER);
    for score in &report.scores {
        means(&mut out, report, score);
        folds(&mut out, score);
        classes(&mut out, score);
        reliability(&mut out, score);
    }
    comparisons(&mut out, report);
    Ok(out)
}

/// One line; fields that do not apply stay empty.
#[derive(Default)]
struct Line<'a> {
    kind: &'static str,
    method: &'static str,
    baseline: &'static str,
    per_class: Option<u32>,
    fold: Option<&'a FoldScore>,
    class: &'a str,
    metric: &'static str,
    value: f64,
    sd: Option<f64>,
    interval: Option<[f64; 3]>,
    n_obs: Option<u64>,
}

impl Line<'_> {
    fn write(&self, out: &mut String) {
        let [low, high, p] = self.interval.map_or([None; 3], |values| values.map(Some));
        let (repeat, fold) = (self.fold.map(|fold| fold.repeat), self.fold.map(|fold| fold.fold));
        let n_train = self.fold.map(|fold| fold.n_train);
        // Writing to a String cannot fail.
        let _ = write!(
            out,
            "{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}\r\n",
            self.kind,
            self.method,
            self.baseline,
            field(self.per_class),
            field(repeat),
            field(fold),
            quoted(self.class),
            self.metric,
            self.value,
            field(self.sd),
            field(low),
            field(high),
            field(p),
            field(n_train),
            field(self.n_obs)
        );
    }
}

fn means(out: &mut String, report: &ScoreReport, score: &MethodScore) {
    for (metric, spread) in [
        ("accuracy", score.accuracy),
        ("balanced_accuracy", score.balanced_accuracy),
        ("macro_f1", score.macro_f1),
        ("weighted_f1", score.weighted_f1),
    ] {
        let (value, sd, n_obs) = (spread.mean, Some(spread.sd), Some(report.n_obs));
        Line { metric, value, sd, n_obs, ..of("mean", score) }.write(out);
    }
}

fn folds(out: &mut String, score: &MethodScore) {
    for fold in &score.folds {
        for (metric, value) in [
            ("accuracy", fold.accuracy),
            ("balanced_accuracy", fold.balanced_accuracy),
            ("macro_f1", fold.macro_f1),
            ("weighted_f1", fold.weighted_f1),
        ] {
            let n_obs = Some(fold.n_test);
            Line { metric, value, n_obs, fold: Some(fold), ..of("fold", score) }.write(out);
        }
    }
}

fn classes(out: &mut String, score: &MethodScore) {
    for class in &score.per_class {
        for (metric, value) in
            [("precision", class.precision), ("recall", class.recall), ("f1", class.f1)]
        {
            let n_obs = Some(class.support);
            Line { metric, value, n_obs, class: &class.name, ..of("class", score) }.write(out);
        }
    }
}

fn reliability(out: &mut String, score: &MethodScore) {
    for bin in &score.reliability {
        for (metric, value) in [("confidence", bin.confidence), ("accuracy", bin.accuracy)] {
            Line { metric, value, n_obs: Some(bin.n_obs), ..of("reliability", score) }.write(out);
        }
    }
}

fn comparisons(out: &mut String, report: &ScoreReport) {
    for test in &report.comparisons {
        Line {
            kind: "comparison",
            method: method_name(test.method),
            baseline: method_name(test.baseline),
            per_class: test.per_class_trained,
            metric: "macro_f1",
            value: test.difference,
            interval: Some([test.low, test.high, test.p]),
            ..Line::default()
        }
        .write(out);
    }
}

fn of(kind: &'static str, score: &MethodScore) -> Line<'static> {
    let (method, per_class) = (method_name(score.method), score.per_class_trained);
    Line { kind, method, per_class, ..Line::default() }
}

fn method_name(method: Method) -> &'static str {
    match method {
        Method::View(View::Text) => "text",
        Method::View(View::Refined) => "refined text",
        Method::Joint => "joint view of text and pca",
        Method::View(View::Pca) => "pca",
        Method::RefinedPca => "refined pca",
        Method::LogisticPca => "logistic regression on pca",
        Method::DroppedVectors => "dropped gene vectors",
        Method::RandomVectors => "random gene vectors",
        Method::ShuffledTexts => "texts exchanged among genes",
        Method::NamesOnly => "names without descriptions",
        Method::Majority => "most frequent class",
    }
}

fn field(value: Option<impl ToString>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}

pub(super) fn quoted(field: &str) -> String {
    if field.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field.to_owned()
    }
}
