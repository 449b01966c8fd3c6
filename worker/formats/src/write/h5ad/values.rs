//! The values of a data set, a range at a time, as little-endian bytes.

use std::io::{self, Seek, Write};
use std::ops::Range;

use lexicell_matrix::{AnnData, Column, CsrMatrix, DataFrame, MISSING_CODE};

use super::super::hdf5::{Hdf5File, Kind};
use super::plan::Dataset;

#[derive(Debug, Clone, Copy)]
pub(super) enum Axis {
    Obs,
    Var,
}

#[derive(Debug, Clone)]
pub(super) enum Sparse {
    X,
    Obsp(String),
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Part {
    Data,
    Indices,
    Indptr,
}

/// Where the values come from: mostly a place in the data, which is not copied.
pub(super) enum Values {
    Sparse(Sparse, Part),
    Dense(Axis, String),
    Index(Axis),
    Column(Axis, usize),
    /// Where a column has no value.
    Missing(Axis, usize),
    Codes(Vec<u32>, Kind),
    Literals(Vec<String>),
    Literal(String),
}

impl Dataset {
    /// The rows of that range as bytes; strings go to the heap of `file`, and their references here.
    pub(super) fn bytes<W: Write + Seek>(
        &self,
        adata: &AnnData,
        range: Range<usize>,
        file: &mut Hdf5File<W>,
    ) -> io::Result<Vec<u8>> {
        match &self.values {
            Values::Sparse(which, part) => {
                sparse(matrix(adata, which)?, *part, self.kind, range).ok_or_else(changed)
            }
            Values::Dense(axis, key) => {
                let slot = if matches!(axis, Axis::Obs) { &adata.obsm } else { &adata.varm };
                let matrix = slot.get(key).ok_or_else(changed)?;
                let columns = matrix.n_cols();
                let cells = range.start * columns..range.end * columns;
                let values = matrix.data().get(cells).ok_or_else(changed)?;
                Ok(values.iter().flat_map(|value| value.to_le_bytes()).collect())
            }
            Values::Index(axis) => {
                let names = frame(adata, *axis).index.get(range).ok_or_else(changed)?;
                file.strings(names.iter().map(String::as_str))
            }
            Values::Column(axis, at) => {
                column(column_at(adata, *axis, *at)?, range, file)?.ok_or_else(changed)
            }
            Values::Missing(axis, at) => {
                missing(column_at(adata, *axis, *at)?, range).ok_or_else(changed)
            }
            Values::Codes(codes, kind) => Ok(signed(
                codes[range]
                    .iter()
                    .map(|&code| if code == MISSING_CODE { -1 } else { code.into() }),
                *kind,
            )),
            Values::Literals(texts) => file.strings(texts[range].iter().map(String::as_str)),
            Values::Literal(text) => {
                let references = file.strings(std::iter::once(text.as_str()))?;
                Ok(references)
            }
        }
    }
}

fn frame(adata: &AnnData, axis: Axis) -> &DataFrame {
    match axis {
        Axis::Obs => &adata.obs,
        Axis::Var => &adata.var,
    }
}

fn column_at(adata: &AnnData, axis: Axis, at: usize) -> io::Result<&Column> {
    frame(adata, axis).columns().get(at).map(|(_, column)| column).ok_or_else(changed)
}

fn matrix<'a>(adata: &'a AnnData, which: &Sparse) -> io::Result<&'a CsrMatrix> {
    match which {
        Sparse::X => Ok(&adata.x),
        Sparse::Obsp(key) => adata.obsp.get(key).ok_or_else(changed),
    }
}

fn sparse(matrix: &CsrMatrix, part: Part, kind: Kind, range: Range<usize>) -> Option<Vec<u8>> {
    Some(match part {
        Part::Data => {
            matrix.data().get(range)?.iter().flat_map(|value| value.to_le_bytes()).collect()
        }
        Part::Indices => signed(matrix.indices().get(range)?.iter().map(|&at| at.into()), kind),
        // A default matrix has no indptr at all, a file with no row has one of length 1.
        Part::Indptr if matrix.indptr().is_empty() => signed([0].into_iter(), kind),
        Part::Indptr => signed(matrix.indptr().get(range)?.iter().map(|&at| at as i64), kind),
    })
}

fn column<W: Write + Seek>(
    column: &Column,
    range: Range<usize>,
    file: &mut Hdf5File<W>,
) -> io::Result<Option<Vec<u8>>> {
    Ok(match column {
        Column::Float(values) => values
            .get(range)
            .map(|part| part.iter().flat_map(|value| value.to_le_bytes()).collect()),
        Column::Integer(values) => values
            .get(range)
            .map(|part| part.iter().flat_map(|value| value.unwrap_or(0).to_le_bytes()).collect()),
        Column::Boolean(values) => values
            .get(range)
            .map(|part| part.iter().map(|value| u8::from(*value == Some(true))).collect()),
        Column::Text(values) => match values.get(range) {
            Some(part) => {
                Some(file.strings(part.iter().map(|text| text.as_deref().unwrap_or("")))?)
            }
            None => None,
        },
        Column::Categorical(_) => None,
    })
}

fn missing(column: &Column, range: Range<usize>) -> Option<Vec<u8>> {
    match column {
        Column::Integer(values) => {
            Some(values.get(range)?.iter().map(|value| u8::from(value.is_none())).collect())
        }
        Column::Boolean(values) => {
            Some(values.get(range)?.iter().map(|value| u8::from(value.is_none())).collect())
        }
        _ => None,
    }
}

/// Whole numbers in the width that was planned for them, which is wide enough.
fn signed(values: impl Iterator<Item = i64>, kind: Kind) -> Vec<u8> {
    match kind {
        Kind::I8 => values.map(|value| value as u8).collect(),
        Kind::I16 => values.flat_map(|value| (value as i16).to_le_bytes()).collect(),
        Kind::I32 => values.flat_map(|value| (value as i32).to_le_bytes()).collect(),
        _ => values.flat_map(i64::to_le_bytes).collect(),
    }
}

fn changed() -> io::Error {
    io::Error::other("the data changed while they were being saved")
}
