//! Methods, settings and transfer, measured on every labelled data set (`make ablation`).
//!
//! What is measured, and the rule by which defaults are chosen from it, stands in the README beside
//! this crate. Nothing here is method: that is `lexicell-analysis`, as the page uses it.

mod across;
mod case;
mod data;
mod error;
mod factors;
mod genes;
mod judge;
mod methods;
mod refine;
mod sets;
mod spaces;
mod table;
mod vectors;

use std::path::PathBuf;

use case::Case;
use clap::{Parser, ValueEnum};
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
    /// Parts to run; all if none is named.
    #[arg(long = "part", value_name = "PART")]
    parts: Vec<Part>,
    /// Templates whose missing vectors are computed first, such as symbol+name; all if none is named.
    #[arg(long = "template", value_name = "TEMPLATE")]
    templates: Vec<Template>,
    /// Rounds at once; as many as the machine has cores by default.
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    /// Where tables are written.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

/// What can be run by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Compute the gene vectors that are missing.
    Embed,
    /// One factor of the text space at a time.
    Space,
    /// Transfer without a gene in common.
    Transfer,
    /// Methods × splits.
    Methods,
    /// One factor of training at a time.
    Training,
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
    let mut cases = Vec::new();
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
        cases.push(Case { set, genes });
    }
    let runs = |part| arguments.parts.is_empty() || arguments.parts.contains(&part);
    if runs(Part::Embed) {
        let templates =
            if arguments.templates.is_empty() { &TEMPLATES[..] } else { &arguments.templates };
        for template in templates {
            let texts = cases.iter().flat_map(|case| case.genes.texts(&bundles, template).texts);
            store.compute(&template.to_string(), texts)?;
        }
    }
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = arguments.threads.unwrap_or(cores);
    let (assets, out) = ((&bundles, &store), arguments.out.as_path());
    let (mut factors, mut methods) = (factors::Factors::default(), methods::Methods::default());
    let mut across = across::Across::default();
    for case in cases.iter().filter(|_| runs(Part::Space)) {
        factors.measure_space(case, assets, threads, out)?;
    }
    for case in cases.iter().filter(|_| runs(Part::Transfer)) {
        across.measure(case, assets, threads, out)?;
    }
    for case in cases.iter().filter(|_| runs(Part::Methods)) {
        methods.measure(case, assets, threads, out)?;
    }
    for case in cases.iter().filter(|_| runs(Part::Training)) {
        factors.measure_training(case, assets, threads, out)?;
    }
    table::write(out, "sets.md", &sets::described(&cases))
}
