//! Gene vectors of two data sets in one table.

use std::collections::HashMap;

use lexicell_analysis::{gene_table::random_table, whitening::whitened};
use lexicell_genes::Template;
use lexicell_matrix::DenseMatrix;

use crate::{case::Case, error::Result, genes::Texts, run::Run, spaces::GeneTable};

/// Which vectors the genes have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Vectored {
    Text,
    Names,
    White,
    WhiteShuffled,
    Random,
    Shuffled,
}

/// Vectors of the genes of both sides.
#[derive(Clone)]
pub(super) struct Joint {
    pub(super) rows: [Vec<Option<u32>>; 2],
    pub(super) table: DenseMatrix,
}

/// The tables that a draw is measured with.
pub(super) struct Tables {
    text: Joint,
    names: Joint,
    white: Joint,
    /// One text for each gene, orthologues as one: controls know which genes are the same.
    by_gene: Joint,
    white_by_gene: Joint,
}

impl Tables {
    pub(super) fn new(
        run: &Run<'_>,
        cases: [&Case; 2],
        keys: &[Vec<Option<u64>>; 2],
    ) -> Result<Self> {
        let text = joint(run, cases, &Template::NAME_SUMMARY)?;
        let white = Joint { rows: text.rows.clone(), table: whitened(&text.table, None)? };
        Ok(Self {
            names: joint(run, cases, &Template::NAME)?,
            by_gene: by_gene(&text, keys)?,
            white_by_gene: by_gene(&white, keys)?,
            text,
            white,
        })
    }

    /// The vectors of a draw.
    pub(super) fn of(&self, vectored: Vectored, seed: u64) -> Result<Joint> {
        Ok(match vectored {
            Vectored::Text => self.text.clone(),
            Vectored::Names => self.names.clone(),
            Vectored::White => self.white.clone(),
            Vectored::WhiteShuffled => shuffled(&self.white_by_gene, seed),
            Vectored::Shuffled => shuffled(&self.by_gene, seed),
            Vectored::Random => {
                let Joint { rows, table } = &self.by_gene;
                let table = random_table(seed, table.n_rows(), table.n_cols())?;
                Joint { rows: rows.clone(), table }
            }
        })
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
