//! The whole folder in one go.

use std::{path::Path, time::Duration};

use lexicell_genes::{BundleSource, GeneIndex, Template};

use crate::{
    Result,
    bundles::Sources,
    demos,
    fetch::Fetcher,
    fetch::one_line,
    manifest::Manifest,
    model,
    output::{Output, read_bundle},
    vectors::{self, VectorStore, Wanted, local},
};

/// What is built, from what, and for how long.
#[derive(Debug)]
pub struct Plan<'a> {
    /// The sources.
    pub manifest: &'a Manifest,
    /// How they are fetched.
    pub fetcher: &'a Fetcher,
    /// Local copies of NCBI's files.
    pub ncbi: Option<&'a Path>,
    /// Where the page will find the assets.
    pub out: &'a Path,
    /// Models to include; none stands for the manifest's default.
    pub models: &'a [String],
    /// The template of precomputed vectors.
    pub template: Template,
    /// Time for vectors beyond those of the demo.
    pub embed_budget: Duration,
}

/// Builds gene bundles, models, demo data and vectors; the index is written last.
///
/// # Errors
/// A species without genes, a model that cannot be fetched or converted, a file that cannot be
/// written. What the page can do without is listed under `missing` instead.
pub fn run(plan: &Plan<'_>) -> Result<()> {
    let mut output = Output::new(plan.out)?;
    eprintln!("gene bundles");
    let sources = Sources { folder: plan.ncbi, manifest: plan.manifest, fetcher: plan.fetcher };
    let built = sources.build()?;
    output.index.missing = built.missing;
    for bundle in &built.bundles {
        output.add_bundle(bundle)?;
    }
    for bundle in &output.index.bundles {
        let bytes: u64 = bundle.shards.iter().map(|shard| shard.bytes).sum();
        eprintln!(
            "  {}: {} genes, {} summaries, {} borrowed, {} with GO, {:.2} MB; {} ({})",
            bundle.species,
            bundle.n_genes,
            bundle.n_summaries,
            bundle.n_borrowed_summaries,
            bundle.n_annotated,
            bytes as f64 / 1e6,
            bundle.source,
            bundle.date
        );
    }
    eprintln!("demo data");
    for entry in &plan.manifest.demos {
        if let Err(error) = demos::add_to(&mut output, plan.fetcher, entry) {
            output.index.missing.push(format!("demo {}: {}", entry.id, one_line(&error)));
        }
    }
    let bundles: Vec<&BundleSource> = built.bundles.iter().collect();
    for (i, entry) in chosen_models(plan)?.into_iter().enumerate() {
        eprintln!("model {}", entry.id);
        let converted = model::obtain(plan.fetcher, entry)?;
        let loaded = model::add_to(&mut output, entry, &converted)?;
        if i == 0 {
            // Vectors take longest: a run that is stopped there leaves a folder that works.
            output.finish()?;
            embed(plan, &mut output, &bundles, &entry.id, &loaded)?;
        }
    }
    output.finish()?;
    for line in &output.index.missing {
        eprintln!("  missing: {line}");
    }
    let bytes: u64 = output.files().map(|file| file.bytes).sum();
    eprintln!(
        "{}: {} files, {:.1} MB",
        plan.out.display(),
        output.files().count(),
        bytes as f64 / 1e6
    );
    Ok(())
}

fn chosen_models<'a>(plan: &Plan<'a>) -> Result<Vec<&'a crate::manifest::ModelEntry>> {
    if plan.models.is_empty() {
        return Ok(plan.manifest.models.iter().filter(|model| model.default).collect());
    }
    plan.models.iter().map(|id| plan.manifest.model(id)).collect()
}

fn embed(
    plan: &Plan<'_>,
    output: &mut Output,
    bundles: &[&BundleSource],
    id: &str,
    model: &lexicell_encoder::Model,
) -> Result<()> {
    let mut wanted = Wanted::new();
    for bundle in &output.index.bundles {
        wanted
            .extend(demos::genes(&GeneIndex::from_bundle(&read_bundle(output.folder(), bundle)?)));
    }
    let (texts, n_must) = vectors::texts(bundles, &plan.template, &wanted);
    let encoder = local::encoder_of(id, model);
    let mut store =
        VectorStore::open(&local::store_path(plan.fetcher, &encoder), model.dimension())?;
    eprintln!("gene vectors");
    let done = local::embed(model, &texts, &mut store, n_must, plan.embed_budget)?;
    eprintln!(
        "  {} embedded in {:.0} s ({:.0} tokens/s), {} kept, {} left for the page",
        done.embedded,
        done.seconds,
        done.tokens as f64 / done.seconds.max(1e-9),
        done.kept,
        done.left
    );
    vectors::add_tables(output, bundles, &plan.template, &encoder, &store, None)
}
