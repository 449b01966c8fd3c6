//! Mapping the data set's genes to NCBI records.

use std::rc::Rc;

use lexicell_genes::{
    GeneBundle, GeneIndex, GeneMapping, MappingReport as Report, Recognised, ShardKind, Share,
    TextKind, detect_species,
};
use lexicell_matrix::{Column, DataFrame};
use lexicell_protocol::{
    BundleAsset, FailureKind, GeneSettings, MappingReport, Note, NoteLevel, Output, ShareOfCounts,
    Species, Step, UnmappedGene,
};

use super::{announce, missing};
use crate::assets;
use crate::session::{MappedGenes, Shared, SpeciesBundle};
use crate::task::{Stop, Task};

/// Most unmapped genes that the report lists; the file that can be saved has all.
const N_UNMAPPED_SHOWN: usize = 200;
/// Below this share of the genes nothing sensible can be pooled.
const FEWEST_MAPPED: f64 = 0.02;

/// Maps the genes of the open data set.
pub(crate) async fn run(
    task: &Task,
    session: &Shared,
    settings: GeneSettings,
) -> Result<Output, Stop> {
    let dataset = session.borrow().dataset.clone().ok_or_else(|| missing(task, "A data set"))?;
    let bundles = bundles(task, session).await?;
    if bundles.is_empty() {
        return Err(task
            .failure(
                FailureKind::Asset,
                "This copy of the page was built without gene descriptions.",
            )
            .into());
    }
    let var = &dataset.adata.var;
    let (bundle, evidence) = choose_species(task, &settings, var, &bundles)?;
    let candidates = name_columns(var, settings.column.as_deref());
    let mut best: Option<(String, GeneMapping)> = None;
    for (at, (column, names)) in candidates.iter().enumerate() {
        task.tick("name columns", at as u64, candidates.len() as u64).await?;
        let mapping = bundle.index.map(names, &[]);
        if best.as_ref().is_none_or(|(_, best)| mapping.n_mapped() > best.n_mapped()) {
            best = Some((column.clone(), mapping));
        }
    }
    let Some((column, mapping)) = best else {
        let text =
            format!("There is no column {:?} of gene names.", settings.column.unwrap_or_default());
        return Err(task.failure(FailureKind::BadSetting, text).into());
    };
    check_mapped(task, &mapping, var, bundle.species)?;
    let report = Report::new(&mapping, &bundle.bundle, &dataset.gene_sums);
    let mapped = MappedGenes {
        report: in_words(&report, &bundle, evidence, column),
        unmapped_csv: report.unmapped_csv(),
        bundle,
        mapping,
    };
    let output = Output::Mapped(Box::new(mapped.report.clone()));
    let lost = {
        let mut session = session.borrow_mut();
        session.genes = Some(Rc::new(mapped));
        session.used.genes = settings;
        session.invalidate(Step::MapGenes, None)
    };
    announce(lost);
    Ok(output)
}

/// The bundles of all species, fetched once.
async fn bundles(task: &Task, session: &Shared) -> Result<Vec<Rc<SpeciesBundle>>, Stop> {
    let listed = session.borrow().assets.bundles.clone();
    let mut bundles = Vec::new();
    for asset in &listed {
        let Some(species) = species_of(&asset.species) else { continue };
        let held = session.borrow().bundles.get(key(species)).cloned();
        let bundle = match held {
            Some(bundle) => bundle,
            None => Rc::new(fetch(task, asset, species).await?),
        };
        session.borrow_mut().bundles.insert(key(species), Rc::clone(&bundle));
        bundles.push(bundle);
    }
    Ok(bundles)
}

async fn fetch(task: &Task, asset: &BundleAsset, species: Species) -> Result<SpeciesBundle, Stop> {
    let broken = |reason: String| {
        task.failure(
            FailureKind::Asset,
            format!("The page's gene descriptions for {} cannot be read: {reason}", asset.species),
        )
    };
    let mut bundle: Option<GeneBundle> = None;
    for shard in &asset.shards {
        let bytes = assets::fetch(task, shard).await?;
        match &mut bundle {
            None => {
                bundle = Some(
                    GeneBundle::from_index(&bytes).map_err(|error| broken(error.to_string()))?,
                )
            }
            Some(bundle) => {
                let _: ShardKind =
                    bundle.attach(&bytes).map_err(|error| broken(error.to_string()))?;
            }
        }
    }
    let bundle = bundle.ok_or_else(|| broken("no file is listed".to_owned()))?;
    let index = GeneIndex::from_bundle(&bundle);
    Ok(SpeciesBundle { species, bundle, index })
}

fn choose_species(
    task: &Task,
    settings: &GeneSettings,
    var: &DataFrame,
    bundles: &[Rc<SpeciesBundle>],
) -> Result<(Rc<SpeciesBundle>, String), Stop> {
    let of = |species: Species| bundles.iter().find(|bundle| bundle.species == species).cloned();
    if let Some(species) = settings.species {
        let text = format!("This copy of the page has no descriptions for {species:?}.");
        let bundle = of(species).ok_or_else(|| task.failure(FailureKind::Asset, text))?;
        return Ok((bundle, "You chose it.".to_owned()));
    }
    let indexes: Vec<&GeneIndex> = bundles.iter().map(|bundle| &bundle.index).collect();
    let reports =
        name_columns(var, None).into_iter().map(|(_, names)| detect_species(&names, &indexes));
    let score = |report: &lexicell_genes::SpeciesReport| {
        report.rates.iter().map(|rate| rate.any_case).fold(0.0, f64::max)
    };
    let report = reports.reduce(|best, next| if score(&next) > score(&best) { next } else { best });
    let evidence = report.as_ref().map_or_else(String::new, |report| report.evidence.join("; "));
    match report.and_then(|report| report.species) {
        Some(Recognised::Supported(species)) => {
            let species = if species == lexicell_genes::Species::Human {
                Species::Human
            } else {
                Species::Mouse
            };
            let text = format!(
                "The data set is of {species:?}, for which this copy of the page has no descriptions."
            );
            Ok((of(species).ok_or_else(|| task.failure(FailureKind::Asset, text))?, evidence))
        }
        Some(Recognised::Unsupported(other)) => {
            let mut failure = task.failure(FailureKind::UnknownGenes, format!("The genes are of {other}; there are descriptions for human and mouse. {evidence}"));
            failure.remedy =
                Some("Map the genes to their human or mouse orthologues first.".to_owned());
            Err(failure.into())
        }
        None => Err(unknown_names(task, var, &evidence)),
    }
}

fn check_mapped(
    task: &Task,
    mapping: &GeneMapping,
    var: &DataFrame,
    species: Species,
) -> Result<(), Stop> {
    if mapping.n_mapped() as f64 >= FEWEST_MAPPED * mapping.genes.len() as f64
        && mapping.n_mapped() > 0
    {
        return Ok(());
    }
    let evidence = format!(
        "{} of {} names are known {species:?} genes.",
        mapping.n_mapped(),
        mapping.genes.len()
    );
    Err(unknown_names(task, var, &evidence))
}

fn unknown_names(task: &Task, var: &DataFrame, evidence: &str) -> Stop {
    let names: Vec<&str> = var.index.iter().take(5).map(String::as_str).collect();
    let mut failure = task.failure(
        FailureKind::UnknownGenes,
        format!("Expected gene symbols, Ensembl or Entrez ids of human or mouse; found names such as {}. {evidence}", names.join(", ")),
    );
    failure.remedy = Some("Check that genes and cells are not exchanged, name the column that holds the gene names, or choose the species.".to_owned());
    failure.into()
}

/// The names of the columns that may name the genes, the row names first.
pub(super) fn name_column_names(var: &DataFrame) -> Vec<String> {
    name_columns(var, None).into_iter().map(|(name, _)| name).collect()
}

/// The row names and every text column of `var`, or the one asked for.
fn name_columns(var: &DataFrame, wanted: Option<&str>) -> Vec<(String, Vec<String>)> {
    let mut columns = vec![("row names".to_owned(), var.index.clone())];
    for (name, column) in var.columns() {
        let values = match column {
            Column::Text(values) => {
                values.iter().map(|value| value.clone().unwrap_or_default()).collect()
            }
            Column::Categorical(values) if values.categories.len() * 2 > var.n_rows() => (0..var
                .n_rows())
                .map(|row| values.value(row).unwrap_or_default().to_owned())
                .collect(),
            _ => continue,
        };
        columns.push((name.clone(), values));
    }
    columns.retain(|(name, _)| wanted.is_none_or(|wanted| wanted == name));
    columns
}

fn in_words(
    report: &Report,
    bundle: &SpeciesBundle,
    evidence: String,
    column: String,
) -> MappingReport {
    let header = bundle.bundle.header();
    let share = |name: &str, share: Share| ShareOfCounts {
        name: name.to_owned(),
        n_genes: share.genes as u64,
        share: share.counts,
    };
    let unmapped = report.unmapped_list.iter().take(N_UNMAPPED_SHOWN);
    let mut notes = Vec::new();
    if !report.contradictions.is_empty() {
        let text = format!(
            "{} genes have a name and an id that disagree; the id was followed.",
            report.contradictions.len()
        );
        notes.push(Note { level: NoteLevel::Warning, text });
    }
    MappingReport {
        species: bundle.species,
        species_evidence: evidence,
        column,
        n_genes: report.n_vars as u64,
        n_mapped: report.mapped.genes as u64,
        mapped_share: report.mapped.counts,
        routes: report.routes.iter().map(|(route, part)| share(route.label(), *part)).collect(),
        texts: report.texts.iter().map(|(kind, part)| share(text_kind(*kind), *part)).collect(),
        unmapped: unmapped
            .map(|(name, reason, share)| UnmappedGene {
                name: name.clone(),
                share: *share,
                reason: reason.clone(),
            })
            .collect(),
        duplicates: report.duplicates.iter().map(|(_, names)| names.clone()).collect(),
        source: format!("{}, {}", header.source, header.source_date),
        notes,
    }
}

fn text_kind(kind: TextKind) -> &'static str {
    match kind {
        TextKind::OwnSummary => "NCBI summary of the gene",
        TextKind::OrthologueSummary => "NCBI summary of its orthologue",
        TextKind::NameOnly => "name only, no summary",
    }
}

fn species_of(key: &str) -> Option<Species> {
    match key {
        "human" => Some(Species::Human),
        "mouse" => Some(Species::Mouse),
        _ => None,
    }
}

fn key(species: Species) -> &'static str {
    match species {
        Species::Human => "human",
        Species::Mouse => "mouse",
    }
}
