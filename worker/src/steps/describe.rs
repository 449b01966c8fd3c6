//! A gene's record, in place.

use lexicell_genes::{GeneRecord, Origin};
use lexicell_protocol::{DescribedGene, Failure, FailureKind, Output, Step};

use super::embed::template_of;
use crate::session::{Session, SpeciesBundle};

/// Most names that a search offers.
const N_OFFERED: usize = 12;

/// The record of a gene, by its name in the data set, its symbol or an id.
pub(crate) fn gene(session: &Session, name: &str) -> Result<Output, Failure> {
    let unknown = || Failure {
        step: Step::MapGenes,
        kind: FailureKind::UnknownGenes,
        message: format!("{name}: no NCBI record is known under this name."),
        remedy: None,
        causes: Vec::new(),
    };
    let (bundle, gene, var_name) = find(session, name).ok_or_else(unknown)?;
    let record = bundle.bundle.record(gene).ok_or_else(unknown)?;
    Ok(Output::Gene(Box::new(described(session, bundle, &record, var_name))))
}

/// Genes of the data set whose name, symbol, alias or id begins so.
pub(crate) fn search(session: &Session, start: &str) -> Output {
    let mut names = Vec::new();
    if let (Some(dataset), false) = (&session.dataset, start.is_empty()) {
        let wanted = start.to_lowercase();
        let begins = |name: &&String| name.to_lowercase().starts_with(&wanted);
        names.extend(dataset.adata.var.index.iter().filter(begins).take(N_OFFERED).cloned());
    }
    if let Some(genes) = &session.genes {
        let hits = genes.bundle.index.search(start, N_OFFERED);
        let of_gene = |gene: usize| {
            genes
                .mapping
                .genes
                .iter()
                .position(|mapped| mapped.is_some_and(|mapped| mapped.gene == gene))
        };
        names.extend(
            hits.iter()
                .filter_map(|hit| of_gene(hit.gene))
                .map(|var| genes.mapping.names[var].clone()),
        );
    }
    let mut seen = std::collections::HashSet::new();
    names.retain(|name| seen.insert(name.clone()));
    names.truncate(N_OFFERED);
    Output::GeneNames(names)
}

fn find<'a>(
    session: &'a Session,
    name: &str,
) -> Option<(&'a SpeciesBundle, usize, Option<String>)> {
    if let (Some(genes), Some(dataset)) = (&session.genes, &session.dataset) {
        let index = &dataset.adata.var.index;
        let place = index
            .iter()
            .position(|own| own == name)
            .or_else(|| genes.mapping.names.iter().position(|own| own == name));
        if let Some(mapped) = place.and_then(|place| genes.mapping.genes[place]) {
            return Some((&genes.bundle, mapped.gene, place.map(|place| index[place].clone())));
        }
    }
    let mut bundles = session
        .genes
        .as_ref()
        .map(|genes| &*genes.bundle)
        .into_iter()
        .chain(session.bundles.values().map(|bundle| &**bundle));
    bundles.find_map(|bundle| Some((bundle, bundle.index.find_one(name)?.gene, None)))
}

fn described(
    session: &Session,
    bundle: &SpeciesBundle,
    record: &GeneRecord,
    var_name: Option<String>,
) -> DescribedGene {
    let terms = bundle.bundle.terms();
    let template = template_of(session.used.embed.template);
    let header = bundle.bundle.header();
    let borrowed =
        record.summary.as_ref().is_some_and(|summary| summary.origin == Origin::Orthologue);
    DescribedGene {
        var_name,
        symbol: record.symbol.clone(),
        gene_id: record.id.map_or(0, |id| id.0),
        species: bundle.species,
        name: record.name.clone(),
        gene_type: record.gene_type.as_str().to_owned(),
        aliases: record.previous.iter().chain(&record.synonyms).cloned().collect(),
        ensembl: record.ensembl.clone(),
        summary: record.summary.as_ref().map(|summary| summary.text.clone()),
        summary_from: borrowed.then(|| {
            record
                .orthologues
                .first()
                .map_or_else(|| "orthologue".to_owned(), |other| other.symbol.clone())
        }),
        go_terms: record
            .go
            .iter()
            .filter_map(|&at| terms.get(at as usize))
            .map(|term| (term.id.to_string(), term.name.clone()))
            .collect(),
        text: lexicell_genes::gene_text(record, terms, &template).text,
        source: format!("{}, {}", header.source, header.source_date),
    }
}
