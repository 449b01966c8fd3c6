//! The last comparison as CSV.

use std::fmt::Write;

use lexicell_protocol::{FailureKind, TermFinding};

use super::table::quoted;
use crate::session::Session;
use crate::task::{Stop, Task};

const GENES: &str = "gene,contribution,contribution_p_adjusted,weight_first,weight_second,wilcoxon_score,p_adjusted,log2_fold_change,mean_first,mean_second,fraction_first,fraction_second,auc\r\n";
const TERMS: &str =
    "higher_in,term,name,aspect,genes_of_term,hits,fold,p_adjusted,hit_genes,alike\r\n";

/// Every gene of the last comparison, in the order of the data set.
pub(crate) fn genes(task: &Task, session: &Session) -> Result<String, Stop> {
    let comparison = comparison(task, session)?;
    let mut out = String::from(GENES);
    for gene in &comparison.genes {
        let text = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
        // Writing to a String cannot fail.
        let _ = write!(
            out,
            "{},{},{},{},{},{},{},{},{},{},{},{},{}\r\n",
            quoted(&gene.name),
            text(gene.contribution),
            text(gene.contribution_p),
            gene.weight[0],
            gene.weight[1],
            gene.score,
            gene.p_adjusted,
            gene.log2_fold_change,
            gene.mean[0],
            gene.mean[1],
            gene.fraction[0],
            gene.fraction[1],
            gene.auc
        );
    }
    Ok(out)
}

/// The terms of both sets.
pub(crate) fn terms(task: &Task, session: &Session) -> Result<String, Stop> {
    let comparison = comparison(task, session)?;
    let mut out = String::from(TERMS);
    for (name, terms) in comparison.names.iter().zip(&comparison.terms) {
        terms.iter().for_each(|term| line(&mut out, name, term));
    }
    Ok(out)
}

fn line(out: &mut String, set: &str, term: &TermFinding) {
    let _ = write!(
        out,
        "{},{},{},{},{},{},{},{},{},{}\r\n",
        quoted(set),
        term.id,
        quoted(&term.name),
        term.aspect,
        term.n_term,
        term.n_hits,
        term.fold,
        term.p_adjusted,
        quoted(&term.genes.join(" ")),
        quoted(&term.alike.join("; "))
    );
}

fn comparison<'a>(
    task: &Task,
    session: &'a Session,
) -> Result<&'a crate::session::Comparison, Stop> {
    session.comparison.as_deref().ok_or_else(|| {
        task.failure(FailureKind::MissingInput, "There is no comparison of cells yet.").into()
    })
}
