//! Precomputed gene vectors: a store that grows batch by batch, and the tables made of it.

pub mod local;
pub mod openai;
mod store;

use std::collections::{BTreeMap, HashSet};

use lexicell_genes::{
    BundleSource, GeneRecord, GeneText, GeneType, Species, Template, TextKind, VectorTableHeader,
    VectorTableWriter, gene_text,
};
use lexicell_protocol::VectorTableAsset;

pub use store::VectorStore;

use crate::{Result, output::Output};

/// Genes whose texts come before all others: species and symbol.
pub type Wanted = HashSet<(Species, String)>;

/// A text to embed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// [`lexicell_genes::text_hash`] of it.
    pub hash: u64,
    /// What the encoder reads.
    pub text: String,
}

/// The texts of all bundles, each once, the most useful first, and how many of them are wanted ones.
///
/// Wanted genes come first, then protein-coding genes with a summary, then other protein-coding
/// genes, then other genes with a summary, then the rest, human and mouse side by side. Genes that
/// have no name beyond their symbol are left out: their text says nothing.
#[must_use]
pub fn texts(
    bundles: &[&BundleSource],
    template: &Template,
    wanted: &Wanted,
) -> (Vec<Text>, usize) {
    let mut ranked: BTreeMap<(u8, usize, Species), Text> = BTreeMap::new();
    let mut seen = HashSet::new();
    for bundle in bundles {
        for (i, gene) in bundle.genes.iter().enumerate() {
            let text = gene_text(gene, &bundle.terms, template);
            let is_wanted = wanted.contains(&(bundle.species, gene.symbol.clone()));
            if (gene.name.is_empty() && text.kind == TextKind::NameOnly && !is_wanted)
                || !seen.insert(text.hash)
            {
                continue;
            }
            let rank = rank(gene, &text, is_wanted);
            ranked.insert((rank, i, bundle.species), Text { hash: text.hash, text: text.text });
        }
    }
    let n_wanted = ranked.keys().take_while(|(rank, _, _)| *rank == 0).count();
    (ranked.into_values().collect(), n_wanted)
}

fn rank(gene: &GeneRecord, text: &GeneText, wanted: bool) -> u8 {
    match (wanted, gene.gene_type == GeneType::ProteinCoding, text.kind != TextKind::NameOnly) {
        (true, _, _) => 0,
        (_, true, true) => 1,
        (_, true, false) => 2,
        (_, false, true) => 3,
        (_, false, false) => 4,
    }
}

/// Who computed the vectors of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encoder {
    /// The model's id.
    pub model: String,
    /// The model's hash, or the service for a remote model.
    pub hash: String,
    /// `mean`, `cls` or `remote`.
    pub pooling: String,
}

/// Writes a table per bundle, of the vectors that the store holds, or of those among `only`.
///
/// # Errors
/// A file that cannot be written.
pub fn add_tables(
    output: &mut Output,
    bundles: &[&BundleSource],
    template: &Template,
    encoder: &Encoder,
    vectors: &VectorStore,
    only: Option<&HashSet<u64>>,
) -> Result<()> {
    for bundle in bundles {
        let header = VectorTableHeader {
            model: encoder.model.clone(),
            model_hash: encoder.hash.clone(),
            template_hash: template.hash(),
            pooling: encoder.pooling.clone(),
            dim: vectors.dim() as u32,
        };
        let mut writer = VectorTableWriter::new(header);
        let mut n_genes = 0;
        let mut written = HashSet::new();
        for gene in &bundle.genes {
            let hash = gene_text(gene, &bundle.terms, template).hash;
            let chosen = only.is_none_or(|only| only.contains(&hash));
            if let Some(vector) = vectors.get(hash).filter(|_| chosen) {
                n_genes += 1;
                if written.insert(hash) {
                    writer.push(hash, &vector)?;
                }
            }
        }
        if n_genes == 0 {
            continue;
        }
        let species = bundle.species.key();
        // A plus sign in a path reads as a blank on some hosts.
        let stem = format!("{species}-{}-{template}", encoder.model).replace(['/', ':', '+'], "-");
        let file = output.add("vectors", &stem, "bin", &writer.encode()?)?;
        let same = |table: &VectorTableAsset| {
            table.species == species
                && table.model == encoder.model
                && table.template == template.to_string()
        };
        output.index.vector_tables.retain(|table| !same(table));
        output.index.vector_tables.push(VectorTableAsset {
            model: encoder.model.clone(),
            model_hash: encoder.hash.clone(),
            species: species.to_owned(),
            template: template.to_string(),
            template_hash: format!("{:016x}", template.hash()),
            pooling: encoder.pooling.clone(),
            file,
            n_genes,
            dim: vectors.dim() as u32,
        });
    }
    Ok(())
}
