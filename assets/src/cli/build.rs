use std::{path::PathBuf, time::Duration};

use clap::Args;
use lexicell_assets::{Result, build, manifest::Manifest};
use lexicell_genes::Template;

use super::Cache;

#[derive(Debug, Args)]
pub(super) struct Build {
    /// Local copies of NCBI's files, used before anything is fetched.
    #[arg(long, value_name = "DIR")]
    ncbi: Option<PathBuf>,
    /// Where the page will find the assets.
    #[arg(long, value_name = "DIR", default_value = "assets/out")]
    out: PathBuf,
    /// Models of the manifest to include; the first is the page's default.
    #[arg(long = "model", value_name = "ID")]
    models: Vec<String>,
    /// Seconds for precomputed vectors beyond those of the demo; 0 embeds the demo's genes only.
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    embed_budget_seconds: u64,
    /// What a gene's text says: symbol, name, type, aliases, summary, go, joined by +.
    #[arg(long, default_value_t = Template::default())]
    template: Template,
    /// Build again even if nothing has changed.
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    cache: Cache,
}

impl Build {
    pub(super) fn run(&self) -> Result<()> {
        build::run(&build::Plan {
            manifest: &Manifest::built_in()?,
            fetcher: &self.cache.fetcher(),
            ncbi: self.ncbi.as_deref(),
            out: &self.out,
            models: &self.models,
            template: self.template,
            embed_budget: Duration::from_secs(self.embed_budget_seconds),
            force: self.force,
        })
    }
}
