//! Demo data: fetched, checked, and passed on as it is.

use lexicell_genes::{GeneIndex, Species};
use lexicell_protocol::DemoAsset;

use crate::{Result, fetch::Fetcher, manifest::DemoEntry, output::Output, store, vectors::Wanted};

/// The genes of the demo data: `build` embeds their texts before all others.
const GENES: &str = include_str!("../demos/10x_pbmc68k_reduced.genes.txt");

/// The genes that the demo data sets use, found by any of their names.
#[must_use]
pub fn genes(index: &GeneIndex) -> Wanted {
    if index.species() != Species::Human {
        return Wanted::new();
    }
    let names = GENES.lines().map(str::trim).filter(|name| !name.is_empty());
    names
        .filter_map(|name| index.find_one(name))
        .map(|mapped| (index.species(), index.symbol(mapped.gene).to_owned()))
        .collect()
}

/// Adds a demo to the folder that the page is served from.
///
/// # Errors
/// A file that no alternative gives, or that cannot be written.
pub fn add_to(output: &mut Output, fetcher: &Fetcher, entry: &DemoEntry) -> Result<()> {
    let (path, _) =
        fetcher.fetch(&format!("{}/{}", entry.id, entry.file_name), &entry.alternatives)?;
    let bytes = store::read_whole(&path)?;
    let (stem, extension) = entry.file_name.rsplit_once('.').unwrap_or((&entry.file_name, "bin"));
    let file = output.add("demo", stem, extension, &bytes)?;
    output.index.demos.push(DemoAsset {
        title: entry.title.clone(),
        description: entry.description.clone(),
        file,
        file_name: entry.file_name.clone(),
        origin: entry.origin.clone(),
        licence: entry.licence.clone(),
        label_column: entry.label_column.clone(),
        species: entry.species.clone(),
    });
    Ok(())
}
