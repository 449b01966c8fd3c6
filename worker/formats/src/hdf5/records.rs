//! Compound data sets: one record for each row, as anndata 0.6 and earlier wrote `obs` and `var`.

use hdf5_reader::{CompoundField, Datatype};
use lexicell_matrix::{Column, DenseMatrix};

use super::dataset::Dataset;
use super::{columns, numbers, text};
use crate::error::FormatError;
use crate::inspect::ColumnKind;

/// The fields of a compound data set, none for any other.
pub(crate) fn fields(dataset: &Dataset) -> &[CompoundField] {
    match dataset.dtype() {
        Datatype::Compound { fields, .. } => fields,
        _ => &[],
    }
}

/// Reads one field as a column.
pub(crate) fn column(dataset: &Dataset, field: &str) -> Result<Column, FormatError> {
    let (raw, dtype) = gather(dataset, field)?;
    let failed = |error| dataset.container.failure(&dataset.path, &error);
    match columns::kind(&dtype) {
        Some(ColumnKind::Text) => {
            Ok(Column::Text(text::decode(dataset, &raw, &dtype)?.into_iter().map(Some).collect()))
        }
        Some(ColumnKind::Float) => numbers::decode(&raw, &dtype).map(Column::Float).map_err(failed),
        Some(ColumnKind::Boolean) => {
            let values = numbers::decode::<i64>(&raw, &dtype).map_err(failed)?;
            Ok(Column::Boolean(values.into_iter().map(|value| Some(value != 0)).collect()))
        }
        Some(_) => {
            let values = numbers::decode::<i64>(&raw, &dtype).map_err(failed)?;
            Ok(Column::Integer(values.into_iter().map(Some).collect()))
        }
        None => Err(dataset.container.damaged(
            &dataset.path,
            "numbers, truth values or text",
            numbers::name(&dtype),
        )),
    }
}

/// Reads a field that holds a list in each record as an embedding.
pub(crate) fn embedding(dataset: &Dataset, field: &str) -> Result<DenseMatrix, FormatError> {
    let (raw, dtype) = gather(dataset, field)?;
    let damaged = |found: String| {
        dataset.container.damaged(&dataset.path, "a list of numbers in each record", found)
    };
    let Datatype::Array { base, .. } = &dtype else { return Err(damaged(numbers::name(&dtype))) };
    let values: Vec<f32> = numbers::decode(&raw, base)
        .map_err(|error| dataset.container.failure(&dataset.path, &error))?;
    let rows = dataset.len() as usize;
    let width = values.len().checked_div(rows).unwrap_or(0);
    DenseMatrix::try_new(rows, width, values).map_err(|error| damaged(error.to_string()))
}

/// The bytes of one field of all records, one after the other.
fn gather(dataset: &Dataset, field: &str) -> Result<(Vec<u8>, Datatype), FormatError> {
    dataset.check()?;
    let damaged = |expected: &str| {
        dataset.container.damaged(&dataset.path, expected, format!("none for {field:?}"))
    };
    let field =
        fields(dataset).iter().find(|own| own.name == field).ok_or_else(|| damaged("a field"))?;
    let width = match &field.datatype {
        dtype
            if text::is_text(dtype)
                && hdf5_reader::dtype_element_size(dtype).ok() == Some(16)
                && is_variable(dtype) =>
        {
            dataset.reference_bytes()
        }
        dtype => hdf5_reader::dtype_element_size(dtype).unwrap_or(0),
    };
    let start = field.byte_offset as usize;
    let record = dataset.element_bytes();
    if width == 0 || record == 0 || start + width > record {
        return Err(damaged("bytes"));
    }
    let raw = dataset.bytes()?;
    let own = raw
        .chunks_exact(record)
        .flat_map(|record| &record[start..start + width])
        .copied()
        .collect();
    Ok((own, field.datatype.clone()))
}

fn is_variable(dtype: &Datatype) -> bool {
    matches!(
        dtype,
        Datatype::VarLen { .. } | Datatype::String { size: hdf5_reader::StringSize::Variable, .. }
    )
}
