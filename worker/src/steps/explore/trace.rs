//! Which sentences of a gene's text carry its part of a difference.

use lexicell_genes::{sentences, without};
use lexicell_protocol::{FailureKind, Output, TracedText};

use super::super::embed::template_of;
use super::super::missing;
use super::words;
use crate::session::Shared;
use crate::task::{Stop, Task};

/// Reads the gene's text again without each of its sentences.
pub(crate) async fn run(task: &Task, session: &Shared, name: String) -> Result<Output, Stop> {
    let (comparison, text, gene) = {
        let session = session.borrow();
        let comparison =
            session.comparison.clone().ok_or_else(|| missing(task, "A comparison of cells"))?;
        let dataset = session.dataset.clone().ok_or_else(|| missing(task, "A data set"))?;
        let genes = session.genes.clone().ok_or_else(|| missing(task, "The mapped genes"))?;
        let gene = dataset.adata.var.index.iter().position(|own| *own == name);
        let template = template_of(session.used.embed.template);
        let text = gene
            .and_then(|gene| genes.mapping.genes[gene])
            .and_then(|mapped| genes.bundle.bundle.gene_text(mapped.gene, &template));
        (comparison, text, gene)
    };
    let (Some(gene), Some(text)) = (gene, text) else {
        let message = format!("{name}: this gene has no text that could be read again.");
        return Err(task.failure(FailureKind::UnknownGenes, message).into());
    };
    let parts = sentences(&text.text);
    let mut texts = vec![text.text.clone()];
    // What is left of a text of one sentence is nothing: there the whole is what counts.
    if parts.len() > 1 {
        texts.extend(parts.iter().map(|part| without(&text.text, part)));
    }
    let vectors = words::vectors(task, session, texts).await?;
    let weight = comparison.weight_difference(gene);
    let along = |row: usize| {
        let dot = vectors.row(row).iter().zip(&comparison.direction);
        weight * dot.map(|(&x, &u)| f64::from(x) * u).sum::<f64>()
    };
    let whole = along(0);
    let loss = |at: usize| if parts.len() > 1 { whole - along(at + 1) } else { whole };
    let of_part = parts.iter().enumerate();
    let sentences =
        of_part.map(|(at, part)| (text.text[part.clone()].to_owned(), loss(at))).collect();
    Ok(Output::Traced(Box::new(TracedText { name, contribution: whole, sentences })))
}
