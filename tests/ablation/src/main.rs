//! Methods, settings and transfer, measured on every labelled data set (`make ablation`).
//!
//! What is measured, and the rule by which defaults are chosen from it, stands in the README beside
//! this crate. Nothing here is method: that is `lexicell-analysis`, as the page uses it.

mod data;
mod error;
mod genes;
mod sets;
mod vectors;

use std::path::PathBuf;

use clap::Parser;
use error::Result;
use lexicell_genes::Template;

/// Measures methods, settings and transfer on the labelled data sets.
#[derive(Debug, Parser)]
#[command(name = "lexicell-ablation", version)]
struct Arguments {
    /// The folder with `sc/` and `genes/`.
    #[arg(long, value_name = "DIR")]
    shared: PathBuf,
    /// Data sets to take, by key; all if none is named.
    #[arg(long = "set", value_name = "KEY")]
    sets: Vec<String>,
    /// Compute the gene vectors that are missing, and nothing else.
    #[arg(long)]
    embed_only: bool,
}

/// The texts that are compared; the second is what the page ships.
const TEMPLATES: [Template; 3] =
    [Template::NAME, Template::NAME_SUMMARY, Template::NAME_SUMMARY_GO];

fn main() {
    if let Err(error) = run(&Arguments::parse()) {
        eprintln!("{error}");
        std::process::exit(1);
    }
}

fn run(arguments: &Arguments) -> Result<()> {
    let bundles = genes::Bundles::build(&arguments.shared.join("genes"))?;
    let mut store = vectors::Vectors::open()?;
    let chosen = sets::chosen(&arguments.sets)?;
    let mut loaded = Vec::new();
    for spec in chosen {
        let set = data::read(spec, &arguments.shared.join("sc"))?;
        let genes = bundles.map(&set)?;
        eprintln!(
            "{}: {} of {} cells, {} genes ({} mapped, {}), {} classes, {:?}",
            spec.key,
            set.x.n_rows(),
            set.n_obs,
            set.x.n_cols(),
            genes.n_mapped(),
            genes.species,
            set.labels.categories.len(),
            set.state
        );
        loaded.push((set, genes));
    }
    for template in TEMPLATES {
        let texts = loaded.iter().flat_map(|(_, genes)| genes.texts(&bundles, &template).texts);
        store.compute(&template.to_string(), texts)?;
    }
    Ok(())
}
