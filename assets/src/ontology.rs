//! The Cell Ontology: its own OBO file, or the JSON that PyPI's cellxgene-ontology-guide makes of it.

use std::{
    collections::BTreeMap,
    io::{Read, Write},
    path::Path,
};

use flate2::{Compression, read::MultiGzDecoder, write::GzEncoder};
use lexicell_genes::{Ontology, OntologyHeader, OntologyTerm};
use lexicell_protocol::OntologyAsset;
use serde::Deserialize;

use crate::{
    AssetError, Result,
    fetch::Fetcher,
    manifest::{Alternative, Manifest, Place},
    output::Output,
    store,
};

/// The manifest's name of the file.
const ID: &str = "cl-basic.obo";
/// The type that all cells are kinds of.
const CELL: &str = "CL:0000000";

/// Adds the types of cells to the folder that the page is served from.
///
/// # Errors
/// A file that no alternative gives, that makes no sense, or that cannot be written.
pub fn add_to(output: &mut Output, fetcher: &Fetcher, manifest: &Manifest) -> Result<()> {
    let entry = manifest.file(ID)?;
    let (path, alternative) = fetcher.fetch(ID, &entry.alternatives)?;
    let ontology = read(&path, alternative)?;
    let packed = pack(&ontology).map_err(AssetError::file(&path))?;
    // Hosts that see “.gz” may unpack it on the way, and the hash would no longer fit.
    let file = output.add("ontology", "cell-ontology", "bin", &packed)?;
    let header = ontology.header();
    let asset = OntologyAsset {
        name: entry.origin.clone(),
        file,
        version: header.version.clone(),
        licence: entry.licence.clone(),
        source: alternative.from.describe(),
    };
    eprintln!(
        "  {} {}: {} types, {} with a definition, {:.2} MB ({})",
        asset.name,
        asset.version,
        ontology.len(),
        ontology.n_defined(),
        asset.file.bytes as f64 / 1e6,
        asset.source
    );
    output.index.ontologies.push(asset);
    Ok(())
}

/// Reads the types of cells that are in use, from either form.
///
/// # Errors
/// A file of neither form, or without the type that all cells are kinds of.
pub fn read(path: &Path, from: &Alternative) -> Result<Ontology> {
    let bytes = inflated(path)?;
    let ontology = if bytes.starts_with(b"{") {
        from_json(path, &bytes, version_of(from))?
    } else {
        Ontology::parse(&path.display().to_string(), &bytes)?
    };
    let cells = ontology.under(CELL);
    let cells = cells.ok_or_else(|| AssetError::content(path, format!("has no type {CELL}")))?;
    Ok(named(cells))
}

/// The types as they are served: a gzipped OBO file.
///
/// # Errors
/// None in practice: it is written to memory.
pub fn pack(ontology: &Ontology) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(ontology.to_obo().as_bytes())?;
    encoder.finish()
}

fn inflated(path: &Path) -> Result<Vec<u8>> {
    let bytes = store::read_whole(path)?;
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return Ok(bytes);
    }
    let mut inflated = Vec::new();
    MultiGzDecoder::new(&bytes[..]).read_to_end(&mut inflated).map_err(AssetError::file(path))?;
    Ok(inflated)
}

/// A release is called by its date alone, wherever it comes from.
fn named(ontology: Ontology) -> Ontology {
    let version = &ontology.header().version;
    let version = version.trim_start_matches("releases/").trim_start_matches('v').to_owned();
    ontology.with_header(OntologyHeader { name: "cl".to_owned(), version })
}

/// `2024-08-16` of `CL-ontology-v2024-08-16.json.gz`: the JSON itself does not say.
fn version_of(from: &Alternative) -> String {
    let Place::Pypi { member, .. } = &from.from else { return String::new() };
    let name = member.rsplit_once("ontology-v").map_or("", |(_, rest)| rest);
    name.split('.').next().unwrap_or_default().to_owned()
}

/// A type as cellxgene-ontology-guide writes it.
#[derive(Deserialize)]
struct Entry {
    label: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    synonyms: Vec<String>,
    /// How many steps up each type lies; 1 is a parent.
    ancestors: BTreeMap<String, u32>,
    deprecated: bool,
}

fn from_json(path: &Path, bytes: &[u8], version: String) -> Result<Ontology> {
    let entries: BTreeMap<String, Entry> = serde_json::from_slice(bytes)
        .map_err(|error| AssetError::content(path, error.to_string()))?;
    let one_line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let live = entries.into_iter().filter(|(_, entry)| !entry.deprecated);
    let term = |(id, entry): (String, Entry)| {
        let parents = entry.ancestors.into_iter().filter(|(_, steps)| *steps == 1);
        let term = OntologyTerm {
            id,
            name: one_line(&entry.label),
            definition: one_line(&entry.description),
            synonyms: entry.synonyms.iter().map(|synonym| one_line(synonym)).collect(),
            parents: Vec::new(),
        };
        (term, parents.map(|(id, _)| id).collect())
    };
    let header = OntologyHeader { name: "cl".to_owned(), version };
    Ok(Ontology::from_terms(&path.display().to_string(), header, live.map(term).collect())?)
}
