//! Tables of the reports as CSV.

use std::fmt::Write;

use lexicell_protocol::{FailureKind, Method, View};

use crate::session::Session;
use crate::task::{Stop, Task};

/// Genes without a record.
pub(crate) fn unmapped(task: &Task, session: &Session) -> Result<String, Stop> {
    let genes = session
        .genes
        .as_ref()
        .ok_or_else(|| task.failure(FailureKind::MissingInput, "The genes are not mapped yet."))?;
    Ok(genes.unmapped_csv.clone())
}

/// The last score: one line for each method, then one for each method and class.
pub(crate) fn score(task: &Task, session: &Session) -> Result<String, Stop> {
    let report = session
        .score
        .as_ref()
        .ok_or_else(|| task.failure(FailureKind::MissingInput, "There is no score yet."))?;
    let mut out = String::from("method,class,metric,mean,sd,cells\r\n");
    for score in &report.scores {
        let method = method_name(score.method);
        for (metric, value) in [
            ("accuracy", score.accuracy),
            ("balanced_accuracy", score.balanced_accuracy),
            ("macro_f1", score.macro_f1),
            ("weighted_f1", score.weighted_f1),
        ] {
            // Writing to a String cannot fail.
            let _ =
                write!(out, "{method},,{metric},{},{},{}\r\n", value.mean, value.sd, report.n_obs);
        }
        for class in &score.per_class {
            for (metric, value) in
                [("precision", class.precision), ("recall", class.recall), ("f1", class.f1)]
            {
                let _ = write!(
                    out,
                    "{method},{},{metric},{value},,{}\r\n",
                    quoted(&class.name),
                    class.support
                );
            }
        }
    }
    Ok(out)
}

fn method_name(method: Method) -> &'static str {
    match method {
        Method::View(View::Text) => "text",
        Method::View(View::Pca) => "pca",
        Method::RandomVectors => "random gene vectors",
        Method::ShuffledTexts => "texts exchanged among genes",
        Method::Majority => "most frequent class",
    }
}

fn quoted(field: &str) -> String {
    if field.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field.to_owned()
    }
}
