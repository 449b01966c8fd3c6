use std::{collections::HashSet, path::PathBuf, time::Duration};

use clap::Args;
use lexicell_assets::{
    AssetError, Result, demos,
    manifest::Manifest,
    model,
    output::{Output, read_bundle, source_of},
    vectors::{self, Text, VectorStore, local, openai::Service},
};
use lexicell_genes::{BundleSource, GeneBundle, GeneIndex, Template};

use super::Cache;

/// The environment variable that holds a service's key.
const KEY: &str = "OPENAI_API_KEY";

#[derive(Debug, Args)]
pub(super) struct Embed {
    /// A folder that `build` made; the table is added to it.
    #[arg(long, value_name = "DIR", default_value = "assets/out")]
    bundle: PathBuf,
    /// `human` or `mouse`; both unless given.
    #[arg(long)]
    species: Option<String>,
    /// A model of the manifest, or of the service.
    #[arg(long, default_value = "all-MiniLM-L6-v2")]
    model: String,
    /// Ask a service that speaks OpenAI's protocol; its key is read from OPENAI_API_KEY.
    #[arg(long, value_name = "URL")]
    openai: Option<String>,
    /// Shorten the service's vectors to this length, where the model allows it.
    #[arg(long)]
    dimensions: Option<u32>,
    /// What a gene's text says: symbol, name, type, aliases, summary, go, joined by +.
    #[arg(long, default_value_t = Template::default())]
    template: Template,
    /// Embed at most this many texts, the most useful first.
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    #[command(flatten)]
    cache: Cache,
}

impl Embed {
    pub(super) fn run(&self) -> Result<()> {
        let mut output = Output::reopen(&self.bundle)?;
        let bundles = self.bundles(&output)?;
        let wanted = bundles
            .iter()
            .flat_map(|bundle| demos::genes(&GeneIndex::from_bundle(bundle)))
            .collect();
        let bundles: Vec<BundleSource> = bundles.iter().map(source_of).collect();
        let bundles: Vec<&BundleSource> = bundles.iter().collect();
        let (mut texts, _) = vectors::texts(&bundles, &self.template, &wanted);
        texts.truncate(self.limit.unwrap_or(usize::MAX));
        let (encoder, store) = match &self.openai {
            Some(url) => self.remote(url, &texts)?,
            None => self.local(&texts)?,
        };
        // Only what was asked for: the store may hold more.
        let wanted: HashSet<u64> = texts.iter().map(|text| text.hash).collect();
        vectors::add_tables(
            &mut output,
            &bundles,
            &self.template,
            &encoder,
            &store,
            Some(&wanted),
        )?;
        output.finish()
    }

    fn bundles(&self, output: &Output) -> Result<Vec<GeneBundle>> {
        let chosen = output.index.bundles.iter().filter(|bundle| {
            self.species.as_ref().is_none_or(|species| *species == bundle.species)
        });
        let bundles = chosen
            .map(|bundle| read_bundle(output.folder(), bundle))
            .collect::<Result<Vec<_>>>()?;
        match (bundles.is_empty(), &self.species) {
            (true, Some(species)) => Err(AssetError::Content {
                path: self.bundle.clone(),
                detail: format!("has no bundle for {species:?}"),
            }),
            _ => Ok(bundles),
        }
    }

    fn remote(&self, url: &str, texts: &[Text]) -> Result<(vectors::Encoder, VectorStore)> {
        let key = std::env::var(KEY).ok().filter(|key| !key.is_empty());
        let mut service = Service::new(url, &self.model, key);
        service.dimensions = self.dimensions;
        let Some(first) = texts.first() else {
            return Err(AssetError::Content {
                path: self.bundle.clone(),
                detail: "has no text to embed".to_owned(),
            });
        };
        let dim = service.dim(&first.text)?;
        let mut store = VectorStore::open(&service.store_path(&self.cache.fetcher()), dim)?;
        service.embed(texts, &mut store)?;
        Ok((service.encoder(), store))
    }

    fn local(&self, texts: &[Text]) -> Result<(vectors::Encoder, VectorStore)> {
        let manifest = Manifest::built_in()?;
        let fetcher = self.cache.fetcher();
        let entry = manifest.model(&self.model)?;
        let model = model::obtain(&fetcher, entry)?.load(&entry.id)?;
        let encoder = local::encoder_of(&entry.id, &model);
        let mut store =
            VectorStore::open(&local::store_path(&fetcher, &encoder), model.dimension())?;
        let done = local::embed(&model, texts, &mut store, texts.len(), Duration::MAX)?;
        eprintln!("  {} embedded, {} kept, {:.0} s", done.embedded, done.kept, done.seconds);
        Ok((encoder, store))
    }
}
