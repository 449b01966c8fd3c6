//! The index shard: all that is needed to map a name to a gene.

use super::{
    BundleError, ListTable, StringTable,
    columns::{ColumnReader, ColumnWriter},
};
use crate::{GeneId, GeneRecord, GeneType, Orthologue};

/// Identifiers, symbols and aliases of all genes.
#[derive(Debug, Clone)]
pub(crate) struct IndexShard {
    /// Ascending; 0 = none.
    ids: Box<[u32]>,
    types: Box<[u8]>,
    pub(crate) symbols: StringTable,
    pub(crate) synonyms: ListTable,
    pub(crate) previous: ListTable,
    pub(crate) ensembl: ListTable,
    orthologue_symbols: ListTable,
    orthologue_ids: Box<[u32]>,
}

impl IndexShard {
    pub(crate) fn len(&self) -> usize {
        self.ids.len()
    }

    pub(crate) fn gene_id(&self, i: usize) -> Option<GeneId> {
        self.ids.get(i).filter(|&&id| id != 0).map(|&id| GeneId(id))
    }

    pub(crate) fn gene_type(&self, i: usize) -> GeneType {
        self.types.get(i).and_then(|&code| GeneType::from_code(code)).unwrap_or(GeneType::Unknown)
    }

    pub(crate) fn position(&self, id: GeneId) -> Option<usize> {
        if id.0 == 0 { None } else { self.ids.binary_search(&id.0).ok() }
    }

    pub(super) fn record(&self, i: usize) -> GeneRecord {
        let mut record = GeneRecord::new(self.gene_id(i), self.symbols.get(i));
        record.gene_type = self.gene_type(i);
        record.synonyms = self.synonyms.to_vec(i);
        record.previous = self.previous.to_vec(i);
        record.ensembl = self.ensembl.to_vec(i);
        record.orthologues = self
            .orthologue_symbols
            .range(i)
            .map(|k| Orthologue {
                id: Some(self.orthologue_ids[k]).filter(|&id| id != 0).map(GeneId),
                symbol: self.orthologue_symbols.strings.get(k).to_owned(),
            })
            .collect();
        record
    }
}

pub(super) fn encode(genes: &[GeneRecord]) -> Result<Vec<u8>, BundleError> {
    let key = |gene: &GeneRecord| gene.id.map_or(0, |id| id.0);
    for (i, pair) in genes.windows(2).enumerate() {
        let (a, b) = (&pair[0], &pair[1]);
        if (key(a), &a.symbol) >= (key(b), &b.symbol) || (key(a) == key(b) && key(a) != 0) {
            return Err(BundleError::Unsorted { index: i + 1, symbol: b.symbol.clone() });
        }
    }
    let mut writer = ColumnWriter::default();
    writer.ascending(&genes.iter().map(key).collect::<Vec<_>>());
    writer.raw(&genes.iter().map(|gene| gene.gene_type as u8).collect::<Vec<_>>());
    writer.strings(genes.iter().map(|gene| gene.symbol.as_str()));
    writer.lists(genes.iter().map(|gene| gene.synonyms.iter().map(String::as_str)));
    writer.lists(genes.iter().map(|gene| gene.previous.iter().map(String::as_str)));
    writer.lists(genes.iter().map(|gene| gene.ensembl.iter().map(String::as_str)));
    writer
        .lists(genes.iter().map(|gene| gene.orthologues.iter().map(|other| other.symbol.as_str())));
    for orthologue in genes.iter().flat_map(|gene| &gene.orthologues) {
        writer.number(orthologue.id.map_or(0, |id| id.0).into());
    }
    Ok(writer.bytes)
}

pub(super) fn decode(payload: &[u8], n_genes: usize) -> Result<IndexShard, BundleError> {
    let mut reader = ColumnReader::new(payload);
    let ids = reader.column("gene ids").ascending()?;
    check_length(&reader, ids.len(), n_genes)?;
    let types = reader.column("gene types").raw(n_genes)?;
    if let Some(&code) = types.iter().find(|&&code| GeneType::from_code(code).is_none()) {
        return Err(reader.corrupt(format!("unknown gene type {code}")));
    }
    let symbols = reader.column("symbols").strings()?;
    check_length(&reader, symbols.len(), n_genes)?;
    let mut list = |name| {
        let table = reader.column(name).lists()?;
        check_length(&reader, table.len(), n_genes)?;
        Ok::<_, BundleError>(table)
    };
    let synonyms = list("synonyms")?;
    let previous = list("previous symbols")?;
    let ensembl = list("Ensembl ids")?;
    let orthologue_symbols = list("orthologues")?;
    reader.column("orthologue ids");
    let orthologue_ids = (0..orthologue_symbols.strings.len())
        .map(|_| reader.number_u32())
        .collect::<Result<Box<[_]>, _>>()?;
    reader.finish()?;
    Ok(IndexShard {
        ids: ids.into(),
        types: types.into(),
        symbols,
        synonyms,
        previous,
        ensembl,
        orthologue_symbols,
        orthologue_ids,
    })
}

pub(super) fn check_length(
    reader: &ColumnReader<'_>,
    found: usize,
    expected: usize,
) -> Result<(), BundleError> {
    if found == expected {
        Ok(())
    } else {
        Err(reader.corrupt(format!("{found} entries for {expected} genes")))
    }
}
