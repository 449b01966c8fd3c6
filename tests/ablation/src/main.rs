//! Methods, settings and transfer, measured on every labelled data set (`make ablation`).
//!
//! What is measured, and the rule by which defaults are chosen from it, stands in the README beside
//! this crate. Nothing here is method: that is `lexicell-analysis`, as the page uses it.

mod across;
mod carry;
mod case;
mod data;
mod error;
mod factors;
mod findings;
mod genes;
mod judge;
mod lock;
mod methods;
mod paired;
mod pairs;
mod refine;
mod results;
mod run;
mod sets;
mod spaces;
mod table;
mod vectors;

use std::path::PathBuf;

use case::Case;
use clap::{Parser, ValueEnum};
use error::Result;
use genes::Bundles;
use lexicell_genes::Template;
use results::Results;
use run::Run;

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
    /// Leave what stands in the tables as it is, and measure what does not.
    #[arg(long)]
    missing: bool,
    /// The folder of the tables: what is measured takes the place of the same rows there.
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
    /// Transfer between two data sets of one tissue; a pair is left out where one of its sets is.
    Pairs,
    /// Methods × splits.
    Methods,
    /// One factor of training at a time.
    Training,
    /// What sets cell types apart, beside what textbooks know.
    Findings,
    /// Write the pages from the tables; every other part does so too.
    Pages,
}

/// Measures a part on one set.
type Measure = fn(&Run<'_>, &Case) -> Result<()>;

/// In this order.
const MEASURED: [(Part, Measure); 4] = [
    (Part::Space, factors::measure_space),
    (Part::Transfer, across::measure),
    (Part::Methods, methods::measure),
    (Part::Training, factors::measure_training),
];

/// The texts that are compared; the second is what the page ships.
const TEMPLATES: [Template; 3] =
    [Template::NAME, Template::NAME_SUMMARY, Template::NAME_SUMMARY_GO];

fn main() {
    if let Err(error) = measure(&Arguments::parse()) {
        eprintln!("{error}");
        std::process::exit(1);
    }
}

fn measure(arguments: &Arguments) -> Result<()> {
    let results = Results::new(&arguments.out);
    if arguments.parts == [Part::Pages] {
        return write_pages(&results);
    }
    let bundles = Bundles::build(&arguments.shared.join("genes"))?;
    let mut vectors = vectors::Vectors::open()?;
    let cases = cases(arguments, &bundles)?;
    sets::enter(&results, &cases)?;
    let runs = |part| arguments.parts.is_empty() || arguments.parts.contains(&part);
    if runs(Part::Embed) {
        let templates =
            if arguments.templates.is_empty() { &TEMPLATES[..] } else { &arguments.templates };
        for template in templates {
            let texts = cases.iter().flat_map(|case| case.genes.texts(&bundles, template).texts);
            vectors.compute(&template.to_string(), texts)?;
        }
    }
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let run = Run {
        bundles: &bundles,
        vectors: &vectors,
        results: &results,
        threads: arguments.threads.unwrap_or(cores),
        only_missing: arguments.missing,
    };
    for (_, measure) in MEASURED.iter().filter(|(part, _)| runs(*part)) {
        for case in &cases {
            measure(&run, case)?;
            write_pages(&results)?;
        }
    }
    if runs(Part::Pairs) {
        pairs::measure(&run, &cases)?;
    }
    if runs(Part::Findings) {
        results.write(findings::FILE, &findings::page(&run, &cases)?)?;
    }
    write_pages(&results)
}

fn cases(arguments: &Arguments, bundles: &Bundles) -> Result<Vec<Case>> {
    let mut cases = Vec::new();
    for spec in sets::chosen(&arguments.sets)? {
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
    Ok(cases)
}

/// Every page, from the tables alone.
fn write_pages(results: &Results) -> Result<()> {
    let pages = [
        ("sets.md", sets::page(results)?),
        ("ablation.md", factors::page(results)?),
        ("methods.md", methods::page(results)?),
        ("transfer.md", across::page(results)?),
        ("pairs.md", pairs::page(results)?),
    ];
    pages.iter().try_for_each(|(name, page)| results.write(name, page.text()))
}
