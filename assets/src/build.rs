//! The whole folder in one go.

use std::{fs, path::Path, time::Duration};

use lexicell_genes::{BundleSource, GeneIndex, Template};

use crate::{
    AssetError, Result,
    bundles::Sources,
    demos,
    fetch::{Fetcher, one_line},
    manifest::Manifest,
    model, ontology,
    output::{Output, is_up_to_date, read_bundle, remember_inputs},
    store,
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
    /// Build even what is up to date.
    pub force: bool,
}

/// Builds gene bundles, models, demo data, cell types and vectors; the index is written last.
///
/// # Errors
/// A species without genes, a model that cannot be fetched or converted, a file that cannot be
/// written. What the page can do without is listed under `missing` instead.
pub fn run(plan: &Plan<'_>) -> Result<()> {
    let inputs = plan.inputs()?;
    if !plan.force && is_up_to_date(plan.out, &inputs) {
        eprintln!("{} is up to date; --force builds it again", plan.out.display());
        return Ok(());
    }
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
    eprintln!("cell types");
    if let Err(error) = ontology::add_to(&mut output, plan.fetcher, plan.manifest) {
        output.index.missing.push(format!("Cell Ontology: {}", one_line(&error)));
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
    remember_inputs(plan.out, &inputs)
}

impl Plan<'_> {
    /// All that decides about the outcome, as one hash: this program, the manifest, the settings,
    /// the given files by size and date.
    fn inputs(&self) -> Result<String> {
        let stamp = |path: &Path| -> String {
            let found = fs::metadata(path).and_then(|found| Ok((found.len(), found.modified()?)));
            format!("{} {found:?}\n", path.display())
        };
        let mut all = format!(
            "{:?} {:?} {} {:?}\n",
            self.manifest, self.models, self.template, self.embed_budget
        );
        let program = std::env::current_exe();
        all.push_str(&program.map_or_else(|_| String::new(), |program| stamp(&program)));
        if let Some(folder) = self.ncbi {
            let entries = fs::read_dir(folder).map_err(AssetError::file(folder))?;
            let mut files: Vec<String> =
                entries.flatten().map(|entry| stamp(&entry.path())).collect();
            files.sort();
            all.push_str(&files.concat());
        }
        Ok(store::sha256(all.as_bytes()))
    }
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
    let path = local::store_path(plan.fetcher, &encoder);
    let mut store = VectorStore::open(&path, model.dimension())?;
    eprintln!("gene vectors");
    let budget = local::budget_left(&path, &texts, plan.embed_budget)?;
    let done = local::embed(model, &texts, &mut store, n_must, budget)?;
    local::note_spent(&path, &texts, done.seconds)?;
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
