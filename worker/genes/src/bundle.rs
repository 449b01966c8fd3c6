//! The gene bundle: everything that the page knows about the genes of a species.
//!
//! A bundle is three files. The index is enough to map names; names and summaries follow, then GO.

mod columns;
mod go;
mod index;
mod shard;
mod text;

use std::sync::Arc;

pub(crate) use columns::{ListTable, StringTable};
pub(crate) use index::IndexShard;
pub use shard::{BundleHeader, SCHEMA_VERSION, ShardKind};

use crate::{
    BundleError, GeneId, GeneRecord, GoTerm, Origin, Species,
    text::{GeneText, Template},
};

/// What goes into a bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BundleSource {
    /// The species described.
    pub species: Species,
    /// Where the descriptions come from.
    pub source: String,
    /// The date of the source.
    pub source_date: String,
    /// The terms of use.
    pub licence: String,
    /// The genes, ascending by (id, symbol); those without an id come first.
    pub genes: Vec<GeneRecord>,
    /// The GO terms that `genes` refer to.
    pub terms: Vec<GoTerm>,
}

impl BundleSource {
    /// Writes the shards, in the order of [`ShardKind::ALL`].
    ///
    /// # Errors
    /// Genes out of order, header texts or a payload that are too large.
    pub fn encode(&self) -> Result<[(ShardKind, Vec<u8>); 3], BundleError> {
        let index = index::encode(&self.genes)?;
        let text = text::encode(&self.genes);
        let go = go::encode(&self.genes, &self.terms);
        let build = [&index, &text, &go]
            .iter()
            .fold(crate::hash::SEED, |hash, part| crate::hash::extend(hash, part));
        let header = BundleHeader {
            species: self.species,
            source: self.source.clone(),
            source_date: self.source_date.clone(),
            licence: self.licence.clone(),
            n_genes: self.genes.len() as u32,
            build,
        };
        Ok([
            (ShardKind::Index, shard::frame(ShardKind::Index, &header, &index)?),
            (ShardKind::Text, shard::frame(ShardKind::Text, &header, &text)?),
            (ShardKind::Go, shard::frame(ShardKind::Go, &header, &go)?),
        ])
    }
}

/// A bundle in memory, complete or still without texts or GO.
#[derive(Debug, Clone)]
pub struct GeneBundle {
    header: BundleHeader,
    index: Arc<IndexShard>,
    text: Option<text::TextShard>,
    go: Option<go::GoShard>,
}

impl GeneBundle {
    /// Reads the index shard; [`GeneBundle::attach`] adds the others.
    ///
    /// # Errors
    /// Bytes that are no index shard, of another version, cut off or damaged.
    pub fn from_index(bytes: &[u8]) -> Result<Self, BundleError> {
        let (kind, header, payload) = shard::unframe(bytes)?;
        if kind != ShardKind::Index {
            return Err(BundleError::WrongShard { expected: ShardKind::Index, found: kind });
        }
        let index = Arc::new(index::decode(&payload, header.n_genes as usize)?);
        Ok(Self { header, index, text: None, go: None })
    }

    /// Adds the text or the GO shard of the same build.
    ///
    /// # Errors
    /// As [`GeneBundle::from_index`], or a shard of another build.
    pub fn attach(&mut self, bytes: &[u8]) -> Result<ShardKind, BundleError> {
        let (kind, header, payload) = shard::unframe(bytes)?;
        if header.build != self.header.build || header.species != self.header.species {
            return Err(BundleError::OtherBuild { kind });
        }
        match kind {
            ShardKind::Index => {
                return Err(BundleError::WrongShard { expected: ShardKind::Text, found: kind });
            }
            ShardKind::Text => self.text = Some(text::decode(&payload, self.len())?),
            ShardKind::Go => self.go = Some(go::decode(&payload, self.len())?),
        }
        Ok(kind)
    }

    /// Source, date and licence of the descriptions.
    #[must_use]
    pub fn header(&self) -> &BundleHeader {
        &self.header
    }

    /// The species described.
    #[must_use]
    pub fn species(&self) -> Species {
        self.header.species
    }

    /// Whether full names and summaries have arrived.
    #[must_use]
    pub fn has_text(&self) -> bool {
        self.text.is_some()
    }

    /// Whether GO terms have arrived.
    #[must_use]
    pub fn has_go(&self) -> bool {
        self.go.is_some()
    }

    /// How many genes there are; genes are addressed by `0..len()`.
    #[must_use]
    pub fn len(&self) -> usize {
        self.index.len()
    }

    /// Whether there is no gene at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(crate) fn index(&self) -> &Arc<IndexShard> {
        &self.index
    }

    /// The identifier of gene `i`.
    #[must_use]
    pub fn gene_id(&self, i: usize) -> Option<GeneId> {
        self.index.gene_id(i)
    }

    /// The symbol of gene `i`; empty beyond the end.
    #[must_use]
    pub fn symbol(&self, i: usize) -> &str {
        self.index.symbols.get(i)
    }

    /// The full name of gene `i`; empty where there is none, or texts have not arrived.
    #[must_use]
    pub fn name(&self, i: usize) -> &str {
        self.text.as_ref().map_or("", |text| text.names.get(i))
    }

    /// Whose summary gene `i` has, if any.
    #[must_use]
    pub fn summary_origin(&self, i: usize) -> Option<Origin> {
        self.text.as_ref().and_then(|text| text.summary_origin(i))
    }

    /// Indices of the GO terms of gene `i`, ascending.
    #[must_use]
    pub fn go_terms_of(&self, i: usize) -> &[u32] {
        self.go.as_ref().map_or(&[], |go| go.of(i))
    }

    /// All GO terms; empty until they have arrived.
    #[must_use]
    pub fn terms(&self) -> &[GoTerm] {
        self.go.as_ref().map_or(&[], |go| &go.terms)
    }

    /// Where the gene with this identifier is.
    #[must_use]
    pub fn position(&self, id: GeneId) -> Option<usize> {
        self.index.position(id)
    }

    /// All that has arrived about gene `i`.
    ///
    /// # Shapes
    /// `i < len()`, otherwise `None`.
    #[must_use]
    pub fn record(&self, i: usize) -> Option<GeneRecord> {
        if i >= self.len() {
            return None;
        }
        let mut record = self.index.record(i);
        if let Some(text) = &self.text {
            text.fill(i, &mut record);
        }
        if let Some(go) = &self.go {
            go.fill(i, &mut record);
        }
        Some(record)
    }

    /// The text of gene `i` that is embedded.
    #[must_use]
    pub fn gene_text(&self, i: usize, template: &Template) -> Option<GeneText> {
        Some(crate::text::gene_text(&self.record(i)?, self.terms(), template))
    }
}
