//! The GO shard: terms, and which gene is annotated with which.

use super::{
    BundleError,
    columns::{ColumnReader, ColumnWriter},
    index::check_length,
};
use crate::{GeneRecord, GoAspect, GoTerm, Origin};

const ASPECTS: [GoAspect; 3] = [GoAspect::Process, GoAspect::Function, GoAspect::Component];

/// Terms and annotations.
#[derive(Debug, Clone)]
pub(super) struct GoShard {
    pub(super) terms: Vec<GoTerm>,
    borrowed: Box<[u8]>,
    ends: Box<[u32]>,
    annotations: Box<[u32]>,
}

impl GoShard {
    pub(super) fn of(&self, i: usize) -> &[u32] {
        let Some(&end) = self.ends.get(i) else { return &[] };
        let start = if i == 0 { 0 } else { self.ends[i - 1] };
        &self.annotations[start as usize..end as usize]
    }

    pub(super) fn fill(&self, i: usize, record: &mut GeneRecord) {
        record.go = self.of(i).to_vec();
        record.go_origin = if self.borrowed.get(i).is_some_and(|&flag| flag != 0) {
            Origin::Orthologue
        } else {
            Origin::Own
        };
    }
}

pub(super) fn encode(genes: &[GeneRecord], terms: &[GoTerm]) -> Vec<u8> {
    let mut writer = ColumnWriter::default();
    writer.strings(terms.iter().map(|term| term.id.as_str()));
    writer.strings(terms.iter().map(|term| term.name.as_str()));
    writer.raw(&terms.iter().map(|term| term.aspect as u8).collect::<Vec<_>>());
    for term in terms {
        writer.ascending(&sorted(&term.parents));
    }
    writer.raw(
        &genes
            .iter()
            .map(|gene| u8::from(gene.go_origin == Origin::Orthologue))
            .collect::<Vec<_>>(),
    );
    for gene in genes {
        writer.ascending(&sorted(&gene.go));
    }
    writer.bytes
}

fn sorted(values: &[u32]) -> Vec<u32> {
    let mut values = values.to_vec();
    values.sort_unstable();
    values.dedup();
    values
}

pub(super) fn decode(payload: &[u8], n_genes: usize) -> Result<GoShard, BundleError> {
    let mut reader = ColumnReader::new(payload);
    let ids = reader.column("GO ids").strings()?;
    let names = reader.column("GO names").strings()?;
    check_length(&reader, names.len(), ids.len())?;
    let aspects = reader.column("GO aspects").raw(ids.len())?;
    let mut terms = Vec::with_capacity(ids.len());
    for (i, &code) in aspects.iter().enumerate() {
        let aspect = *ASPECTS
            .get(usize::from(code))
            .ok_or_else(|| reader.corrupt(format!("unknown aspect {code}")))?;
        let parents = term_list(reader.column("GO parents"), ids.len())?;
        terms.push(GoTerm {
            id: ids.get(i).to_owned(),
            name: names.get(i).to_owned(),
            aspect,
            parents,
        });
    }
    let borrowed = reader.column("GO origins").raw(n_genes)?.into();
    let mut ends = Vec::with_capacity(n_genes);
    let mut annotations = Vec::new();
    for _ in 0..n_genes {
        annotations.extend(term_list(reader.column("GO annotations"), ids.len())?);
        ends.push(annotations.len() as u32);
    }
    reader.finish()?;
    Ok(GoShard { terms, borrowed, ends: ends.into(), annotations: annotations.into() })
}

fn term_list(reader: &mut ColumnReader<'_>, n_terms: usize) -> Result<Vec<u32>, BundleError> {
    let list = reader.ascending()?;
    match list.last() {
        Some(&last) if last as usize >= n_terms => {
            Err(reader.corrupt(format!("term {last}, but there are {n_terms}")))
        }
        _ => Ok(list),
    }
}
