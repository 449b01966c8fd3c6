//! Subcommands and their arguments.

mod build;
mod embed;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use lexicell_assets::{
    Result,
    fetch::{Fetcher, default_cache},
    model,
};

/// Fetches and builds what the Lexicell page serves.
#[derive(Debug, Parser)]
#[command(name = "lexicell-assets", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Build the whole folder: gene bundles, the default model, gene vectors, demo data.
    Build(build::Build),
    /// Compute gene vectors for built bundles, with a model or with an OpenAI-compatible service.
    Embed(embed::Embed),
    /// Convert a Hugging Face BERT folder to what the page loads.
    ConvertModel(ConvertModel),
}

/// Where downloads and computed vectors are kept.
#[derive(Debug, Args)]
struct Cache {
    /// Where downloads and computed vectors are kept [default: the user's cache folder].
    #[arg(long, value_name = "DIR")]
    cache: Option<PathBuf>,
    /// Use only what the cache holds.
    #[arg(long)]
    offline: bool,
}

impl Cache {
    fn fetcher(&self) -> Fetcher {
        Fetcher::new(self.cache.clone().unwrap_or_else(default_cache), self.offline)
    }
}

#[derive(Debug, Args)]
struct ConvertModel {
    /// Holds config.json, vocab.txt or tokenizer.json, and model.safetensors or pytorch_model.bin.
    folder: PathBuf,
    /// Where the converted folder is written.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

/// Reads the arguments and does what they say.
pub(crate) fn run() -> Result<()> {
    match Cli::parse().command {
        Command::Build(build) => build.run(),
        Command::Embed(embed) => embed.run(),
        Command::ConvertModel(convert) => {
            let converted = model::convert(&convert.folder)?;
            converted.write(&convert.out)?;
            let loaded = converted.load(&convert.folder.display().to_string())?;
            eprintln!(
                "{} layers, vectors of {}, at most {} tokens, hash {}",
                loaded.config.num_hidden_layers,
                loaded.dimension(),
                loaded.tokenizer.max_tokens(),
                loaded.hash
            );
            Ok(())
        }
    }
}
