//! Columns of tables in every encoding that anndata, loompy and R packages write.

use hdf5_reader::Datatype;
use lexicell_matrix::{Categorical, Column, DenseMatrix, MISSING_CODE};

use super::attributes::Attributes;
use super::container::{Group, Node};
use super::dataset::Dataset;
use super::loader::Later;
use super::{numbers, text};
use crate::error::FormatError;
use crate::inspect::{ColumnKind, ColumnSummary};

/// Reads a plain data set as a column.
pub(crate) fn plain(dataset: &Dataset) -> Result<Column, FormatError> {
    if !dataset.is_list() {
        let found = format!("{} dimensions", dataset.shape().len());
        return Err(dataset.container.damaged(&dataset.path, "a column of one dimension", found));
    }
    match kind(dataset.dtype()) {
        Some(ColumnKind::Boolean) => {
            Ok(Column::Boolean(truths(dataset)?.into_iter().map(Some).collect()))
        }
        Some(ColumnKind::Integer) => {
            Ok(Column::Integer(dataset.numbers::<i64>()?.into_iter().map(Some).collect()))
        }
        Some(ColumnKind::Float) => Ok(Column::Float(dataset.numbers()?)),
        Some(_) => Ok(Column::Text(dataset.texts()?.into_iter().map(Some).collect())),
        None => Err(dataset.wrong_type("numbers, truth values or text")),
    }
}

/// Reads a column in any of AnnData's encodings.
pub(crate) fn encoded(node: &Node) -> Result<Column, FormatError> {
    let group = match node {
        Node::Dataset(dataset) => return plain(dataset),
        Node::Group(group) => group,
    };
    if is_categorical(group)? {
        let categories = match group.child("categories")? {
            Some(node) => labels(&node)?,
            None => {
                return Err(group.container.damaged(
                    &group.path_of("categories"),
                    "categories",
                    "nothing",
                ));
            }
        };
        return Ok(Column::Categorical(categorical(group.demand("codes")?.numbers()?, categories)));
    }
    let values = plain(&group.demand("values")?)?;
    let Some(mask) = group.dataset("mask")? else { return Ok(values) };
    let mask = truths(&mask)?;
    if mask.len() != values.len() {
        let found = format!("{} against {}", mask.len(), values.len());
        return Err(group.container.damaged(&group.path, "a mask as long as the values", found));
    }
    Ok(masked(values, &mask))
}

/// Codes and categories as a column; negative codes are missing.
pub(crate) fn categorical(codes: Vec<i64>, categories: Vec<String>) -> Categorical {
    let code = |code: i64| {
        if code < 0 { MISSING_CODE } else { u32::try_from(code).unwrap_or(MISSING_CODE - 1) }
    };
    Categorical { codes: codes.into_iter().map(code).collect(), categories }
}

/// Reads values as names: text as it is, numbers and truth values as Python prints them.
pub(crate) fn labels(node: &Node) -> Result<Vec<String>, FormatError> {
    Ok(names(encoded(node)?))
}

/// The first few names, without reading all of a long list.
pub(crate) fn first_labels(node: &Node, count: u64) -> Result<Vec<String>, FormatError> {
    let texts = match node {
        Node::Dataset(dataset) => Some(dataset.clone()),
        Node::Group(group) => group.dataset("values")?,
    };
    if let Some(texts) = texts.filter(|texts| text::is_text(texts.dtype())) {
        return texts.first_texts(count);
    }
    let mut names = labels(node)?;
    names.truncate(count as usize);
    Ok(names)
}

/// A column's values as names.
pub(crate) fn names(column: Column) -> Vec<String> {
    let missing = || "nan".to_owned();
    match column {
        Column::Text(values) => {
            values.into_iter().map(|value| value.unwrap_or_else(missing)).collect()
        }
        Column::Integer(values) => values
            .iter()
            .map(|value| value.map_or_else(missing, |value| value.to_string()))
            .collect(),
        Column::Boolean(values) => {
            let word = |value: bool| if value { "True" } else { "False" }.to_owned();
            values.iter().map(|value| value.map_or_else(missing, word)).collect()
        }
        // `{:?}` prints 1.0 as Python does, `{}` would print 1.
        Column::Float(values) => values.iter().map(|value| format!("{value:?}")).collect(),
        Column::Categorical(values) => {
            let label = |row: usize| values.value(row).map_or_else(missing, str::to_owned);
            (0..values.codes.len()).map(label).collect()
        }
    }
}

/// What a column will be, without reading its values; `None` if it cannot be a column.
pub(crate) fn summary(name: &str, node: &Node) -> Option<ColumnSummary> {
    let of = |kind, n_categories| ColumnSummary { name: name.to_owned(), kind, n_categories };
    match node {
        Node::Dataset(dataset) if dataset.is_list() => Some(of(kind(dataset.dtype())?, None)),
        Node::Dataset(_) => None,
        Node::Group(group) if is_categorical(group).unwrap_or(false) => {
            let length = match group.child("categories").ok()?? {
                Node::Dataset(dataset) => Some(dataset.len()),
                Node::Group(group) => group.dataset("values").ok()?.map(|values| values.len()),
            };
            Some(of(ColumnKind::Categorical, length))
        }
        Node::Group(group) => Some(of(kind(group.dataset("values").ok()??.dtype())?, None)),
    }
}

/// The kind of column that an HDF5 type gives.
pub(crate) fn kind(dtype: &Datatype) -> Option<ColumnKind> {
    match dtype {
        _ if text::is_text(dtype) => Some(ColumnKind::Text),
        Datatype::Enum { .. } if is_truth(dtype) => Some(ColumnKind::Boolean),
        Datatype::FloatingPoint { .. } if numbers::is_numeric(dtype) => Some(ColumnKind::Float),
        _ if numbers::is_numeric(dtype) => Some(ColumnKind::Integer),
        _ => None,
    }
}

/// Reads a matrix of numbers as an embedding.
pub(crate) fn embedding(dataset: Dataset) -> Later<DenseMatrix> {
    Box::new(move || {
        let &[rows, columns] = dataset.shape() else { return Err(dataset.wrong_type("a matrix")) };
        let values = dataset.numbers::<f32>()?;
        DenseMatrix::try_new(rows as usize, columns as usize, values).map_err(|error| {
            dataset.container.damaged(&dataset.path, "a matrix", error.to_string())
        })
    })
}

/// The encoding that a group or data set states.
pub(crate) fn encoding(attributes: &Attributes) -> Option<String> {
    attributes.text("encoding-type")
}

fn is_categorical(group: &Group) -> Result<bool, FormatError> {
    if encoding(&group.attributes()).is_some_and(|encoding| encoding == "categorical") {
        return Ok(true);
    }
    Ok(group.dataset("codes")?.is_some() && group.child("categories")?.is_some())
}

/// An enumeration of FALSE and TRUE, as h5py and R write truth values.
fn is_truth(dtype: &Datatype) -> bool {
    let Datatype::Enum { members, .. } = dtype else { return false };
    members.iter().any(|member| member.name.eq_ignore_ascii_case("true"))
        && members.iter().all(|member| {
            ["true", "false", "na"].iter().any(|word| member.name.eq_ignore_ascii_case(word))
        })
}

fn truths(dataset: &Dataset) -> Result<Vec<bool>, FormatError> {
    Ok(dataset.numbers::<i64>()?.into_iter().map(|value| value != 0).collect())
}

fn masked(column: Column, mask: &[bool]) -> Column {
    fn hide<T>(values: Vec<Option<T>>, mask: &[bool]) -> Vec<Option<T>> {
        values.into_iter().zip(mask).map(|(value, hidden)| value.filter(|_| !hidden)).collect()
    }
    match column {
        Column::Boolean(values) => Column::Boolean(hide(values, mask)),
        Column::Integer(values) => Column::Integer(hide(values, mask)),
        Column::Text(values) => Column::Text(hide(values, mask)),
        Column::Float(values) => Column::Float(
            values
                .into_iter()
                .zip(mask)
                .map(|(value, &hidden)| if hidden { f64::NAN } else { value })
                .collect(),
        ),
        Column::Categorical(mut values) => {
            for (code, _) in values.codes.iter_mut().zip(mask).filter(|(_, hidden)| **hidden) {
                *code = MISSING_CODE;
            }
            Column::Categorical(values)
        }
    }
}
