//! Gene vectors of two data sets in one table.

use std::collections::HashMap;

use lexicell_analysis::gene_table::random_table;
use lexicell_genes::Template;
use lexicell_matrix::DenseMatrix;

use crate::{
    case::Case,
    error::Result,
    genes::Texts,
    run::Run,
    spaces::{GeneTable, whitened_by},
};

/// Which vectors the genes have; all but the last are whitened by the map of the reference's genes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Vectored {
    Text,
    Names,
    Random,
    Shuffled,
    AsEmbedded,
}

/// Vectors of the genes of both sides.
#[derive(Clone)]
pub(super) struct Joint {
    pub(super) rows: [Vec<Option<u32>>; 2],
    pub(super) table: DenseMatrix,
}

/// The tables that a draw is measured with.
pub(super) struct Tables {
    embedded: Joint,
    text: Joint,
    names: Joint,
    /// One text for each gene, orthologues as one: controls know which genes are the same.
    by_gene: Joint,
}

impl Tables {
    pub(super) fn new(
        run: &Run<'_>,
        cases: [&Case; 2],
        keys: &[Vec<Option<u64>>; 2],
    ) -> Result<Self> {
        let embedded = joint(run, cases, &Template::NAME_SUMMARY)?;
        Ok(Self {
            text: embedded.whitened()?,
            names: joint(run, cases, &Template::NAME)?.whitened()?,
            by_gene: by_gene(&embedded, keys)?,
            embedded,
        })
    }

    /// The vectors of a draw.
    pub(super) fn of(&self, vectored: Vectored, seed: u64) -> Result<Joint> {
        Ok(match vectored {
            Vectored::AsEmbedded => self.embedded.clone(),
            Vectored::Text => self.text.clone(),
            Vectored::Names => self.names.clone(),
            Vectored::Shuffled => shuffled(&self.by_gene, seed).whitened()?,
            Vectored::Random => {
                let Joint { rows, table } = &self.by_gene;
                let table = random_table(seed, table.n_rows(), table.n_cols())?;
                Joint { rows: rows.clone(), table }.whitened()?
            }
        })
    }
}

impl Joint {
    /// The same whitened by the map of the reference's genes.
    fn whitened(&self) -> Result<Self> {
        let table = whitened_by(&self.table, &self.rows[0])?;
        Ok(Self { rows: self.rows.clone(), table })
    }
}

/// The texts of both sets, each once.
fn joint(run: &Run<'_>, cases: [&Case; 2], template: &Template) -> Result<Joint> {
    let [first, second] = cases.map(|case| case.genes.texts(run.bundles, template));
    let mut places: HashMap<u64, u32> = HashMap::new();
    let mut all = Texts { of_gene: Vec::new(), texts: Vec::new() };
    let mut rows = |own: Texts| -> Vec<Option<u32>> {
        let place = |text: lexicell_assets::vectors::Text| {
            *places.entry(text.hash).or_insert_with(|| {
                all.texts.push(text);
                all.texts.len() as u32 - 1
            })
        };
        let places: Vec<u32> = own.texts.into_iter().map(place).collect();
        own.of_gene.iter().map(|row| row.map(|row| places[row as usize])).collect()
    };
    let rows = [rows(first), rows(second)];
    Ok(Joint { rows, table: run.vectors.table(&all)? })
}

/// One row for each gene: the vector that its first variable has.
fn by_gene(text: &Joint, keys: &[Vec<Option<u64>>; 2]) -> Result<Joint> {
    let mut places: HashMap<u64, u32> = HashMap::new();
    let mut values = Vec::new();
    let mut rows = |side: usize| -> Vec<Option<u32>> {
        let row = |(row, key): (&Option<u32>, &Option<u64>)| {
            let row = (*row)?;
            // A gene without an identifier is one with its text.
            let key = key.unwrap_or(u64::MAX - u64::from(row));
            let n = places.len() as u32;
            Some(*places.entry(key).or_insert_with(|| {
                values.extend_from_slice(text.table.row(row as usize));
                n
            }))
        };
        text.rows[side].iter().zip(&keys[side]).map(row).collect()
    };
    let rows = [rows(0), rows(1)];
    let d = text.table.n_cols();
    Ok(Joint { rows, table: DenseMatrix::try_new(values.len() / d, d, values)? })
}

fn shuffled(joint: &Joint, seed: u64) -> Joint {
    let genes = GeneTable { rows: Vec::new(), table: joint.table.clone() };
    Joint { rows: joint.rows.clone(), table: genes.shuffled(seed).table }
}
