//! The text shard: full names and summaries.

use super::{
    BundleError, StringTable,
    columns::{ColumnReader, ColumnWriter},
    index::check_length,
};
use crate::{GeneRecord, Origin, Summary};

const NAME_BORROWED: u8 = 1;
const HAS_SUMMARY: u8 = 2;
const SUMMARY_BORROWED: u8 = 4;

/// Names and summaries of all genes.
#[derive(Debug, Clone)]
pub(super) struct TextShard {
    flags: Box<[u8]>,
    pub(super) names: StringTable,
    summaries: StringTable,
}

impl TextShard {
    pub(super) fn summary_origin(&self, i: usize) -> Option<Origin> {
        let flags = *self.flags.get(i)?;
        (flags & HAS_SUMMARY != 0).then(|| origin(flags & SUMMARY_BORROWED))
    }

    pub(super) fn fill(&self, i: usize, record: &mut GeneRecord) {
        record.name = self.names.get(i).to_owned();
        record.name_origin = origin(self.flags.get(i).copied().unwrap_or(0) & NAME_BORROWED);
        record.summary = self
            .summary_origin(i)
            .map(|origin| Summary { text: self.summaries.get(i).to_owned(), origin });
    }
}

fn origin(borrowed: u8) -> Origin {
    if borrowed == 0 { Origin::Own } else { Origin::Orthologue }
}

pub(super) fn encode(genes: &[GeneRecord]) -> Vec<u8> {
    let mut writer = ColumnWriter::default();
    writer.raw(&genes.iter().map(flags).collect::<Vec<_>>());
    writer.strings(genes.iter().map(|gene| gene.name.as_str()));
    writer.strings(
        genes.iter().map(|gene| gene.summary.as_ref().map_or("", |summary| summary.text.as_str())),
    );
    writer.bytes
}

fn flags(gene: &GeneRecord) -> u8 {
    let name = if gene.name_origin == Origin::Orthologue { NAME_BORROWED } else { 0 };
    let summary = match gene.summary.as_ref().map(|summary| summary.origin) {
        None => 0,
        Some(Origin::Own) => HAS_SUMMARY,
        Some(Origin::Orthologue) => HAS_SUMMARY | SUMMARY_BORROWED,
    };
    name | summary
}

pub(super) fn decode(payload: &[u8], n_genes: usize) -> Result<TextShard, BundleError> {
    let mut reader = ColumnReader::new(payload);
    let flags = reader.column("text flags").raw(n_genes)?.into();
    let names = reader.column("names").strings()?;
    check_length(&reader, names.len(), n_genes)?;
    let summaries = reader.column("summaries").strings()?;
    check_length(&reader, summaries.len(), n_genes)?;
    reader.finish()?;
    Ok(TextShard { flags, names, summaries })
}
