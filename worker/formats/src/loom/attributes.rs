//! Row and column attributes of a loom file.

use lexicell_matrix::Column;

use crate::error::FormatError;
use crate::hdf5::columns;
use crate::hdf5::container::{Group, Node};
use crate::hdf5::dataset::Dataset;
use crate::hdf5::loader::{Axis, Task};
use crate::hdf5::numbers;
use crate::inspect::{ColumnKind, ColumnSummary, Dropped};

/// How many names are shown before a table is read.
const FIRST: u64 = 5;
/// A two-dimensional attribute up to this wide is kept as an embedding.
const MAX_WIDTH: u64 = 100;

/// The attributes of one axis.
pub(crate) struct Table {
    group: Group,
    /// `col_attrs` or `row_attrs`.
    name: &'static str,
    length: u64,
    index: Option<String>,
    columns: Vec<(ColumnSummary, Dataset)>,
    embeddings: Vec<(String, Dataset)>,
    dropped: Vec<Dropped>,
}

impl Table {
    /// Opens the attributes and picks that of the names.
    pub(crate) fn open(
        root: &Group,
        name: &'static str,
        length: u64,
        usual: &[&str],
    ) -> Result<Self, FormatError> {
        let Some(group) = root.group(name)? else {
            return Err(root.container.damaged(&root.path_of(name), "attributes", "none"));
        };
        let (columns, embeddings, dropped) = (Vec::new(), Vec::new(), Vec::new());
        let mut table = Self { group, name, length, index: None, columns, embeddings, dropped };
        for attribute in table.group.names()? {
            if let Err(why) = table.add(&attribute) {
                table.dropped.push(Dropped { what: format!("{name}/{attribute}"), why });
            }
        }
        let has = |name: &&&str| {
            table.columns.iter().any(|(summary, _)| summary.name == **name && is_name(summary))
        };
        table.index = usual.iter().find(has).map(|name| (*name).to_owned());
        Ok(table)
    }

    fn add(&mut self, attribute: &str) -> Result<(), String> {
        let dataset = match self.group.child(attribute).map_err(|error| error.to_string())? {
            Some(Node::Dataset(dataset)) => dataset,
            _ => return Err("a group, not an attribute".to_owned()),
        };
        let shape = dataset.shape();
        if shape.first() != Some(&self.length) {
            return Err(format!("its first dimension is not {}", self.length));
        }
        if let Some(summary) = columns::summary(attribute, &Node::Dataset(dataset.clone())) {
            self.columns.push((summary, dataset));
            return Ok(());
        }
        match *shape {
            [_, width]
                if width <= MAX_WIDTH
                    && self.name == "col_attrs"
                    && numbers::is_numeric(dataset.dtype()) =>
            {
                self.embeddings.push((attribute.to_owned(), dataset));
                Ok(())
            }
            [_] => Err(format!("it holds {}", numbers::name(dataset.dtype()))),
            _ => Err(format!("it has {} dimensions", shape.len())),
        }
    }

    /// How many rows the axis has.
    pub(crate) fn len(&self) -> u64 {
        self.length
    }

    /// The attribute that holds the names.
    pub(crate) fn index(&self) -> Option<&str> {
        self.index.as_deref()
    }

    /// All attributes, for a message.
    pub(crate) fn attribute_names(&self) -> String {
        let names: Vec<&str> = self.columns.iter().map(|(summary, _)| &summary.name[..]).collect();
        if names.is_empty() { "none".to_owned() } else { names.join(", ") }
    }

    /// The columns beside the names.
    pub(crate) fn summaries(&self) -> Vec<ColumnSummary> {
        let columns = self.columns.iter().map(|(summary, _)| summary);
        columns.filter(|summary| Some(&summary.name) != self.index.as_ref()).cloned().collect()
    }

    /// Names and widths of embeddings.
    pub(crate) fn embeddings(&self) -> Vec<(String, u64)> {
        self.embeddings.iter().map(|(name, dataset)| (name.clone(), dataset.shape()[1])).collect()
    }

    /// What is not read.
    pub(crate) fn dropped(&self) -> Vec<Dropped> {
        self.dropped.clone()
    }

    /// The first few names.
    pub(crate) fn first_names(&self) -> Result<Vec<String>, FormatError> {
        match self.index_dataset() {
            Some(dataset) => columns::first_labels(&Node::Dataset(dataset.clone()), FIRST),
            None => names(None, self.length.min(FIRST)),
        }
    }

    /// What has to be read.
    pub(crate) fn tasks(&self, axis: Axis) -> Vec<Task> {
        let (index, length) = (self.index_dataset().cloned(), self.length);
        let mut tasks = vec![Task::Index(axis, Box::new(move || names(index.as_ref(), length)))];
        for (summary, dataset) in &self.columns {
            if Some(&summary.name) != self.index.as_ref() {
                let dataset = dataset.clone();
                tasks.push(Task::Column(
                    axis,
                    summary.name.clone(),
                    Box::new(move || column(&dataset)),
                ));
            }
        }
        let embedding = |(name, dataset): &(String, Dataset)| {
            Task::Embedding(name.clone(), columns::embedding(dataset.clone()))
        };
        tasks.extend(self.embeddings.iter().map(embedding));
        tasks
    }

    fn index_dataset(&self) -> Option<&Dataset> {
        let is_index =
            |(summary, _): &&(ColumnSummary, Dataset)| Some(&summary.name) == self.index.as_ref();
        self.columns.iter().find(is_index).map(|(_, dataset)| dataset)
    }
}

/// Text names; numbers only as gene ids, or where the attribute says that it is an id.
fn is_name(summary: &ColumnSummary) -> bool {
    let id = ["id", "accession", "names"]
        .iter()
        .any(|word| summary.name.to_ascii_lowercase().contains(word));
    summary.kind == ColumnKind::Text || (summary.kind == ColumnKind::Integer && id)
}

/// Names from an attribute, or numbers from 0 as pandas gives them.
fn names(index: Option<&Dataset>, length: u64) -> Result<Vec<String>, FormatError> {
    match index {
        Some(dataset) => Ok(columns::names(column(dataset)?)),
        None => Ok((0..length).map(|row| row.to_string()).collect()),
    }
}

/// A column; loom before version 3 stored non-ASCII characters as XML references.
fn column(dataset: &Dataset) -> Result<Column, FormatError> {
    Ok(match columns::plain(dataset)? {
        Column::Text(values) => {
            Column::Text(values.into_iter().map(|value| value.map(unescape)).collect())
        }
        other => other,
    })
}

/// Undoes `&#233;`, `&#xe9;`, `&amp;`, `&lt;`, `&gt;`, `&quot;` and `&apos;`.
fn unescape(text: String) -> String {
    if !text.contains('&') {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = &text[..];
    while let Some(start) = rest.find('&') {
        out.push_str(&rest[..start]);
        rest = &rest[start..];
        let entity = rest
            .find(';')
            .filter(|&end| end <= 10)
            .and_then(|end| Some((character(&rest[1..end])?, end)));
        match entity {
            Some((character, end)) => {
                out.push(character);
                rest = &rest[end + 1..];
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

fn character(entity: &str) -> Option<char> {
    match entity {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let number = entity.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_undone_and_other_ampersands_stay() {
        for (escaped, plain) in [
            ("caf&#233;", "café"),
            ("&#x3b1;-cell", "α-cell"),
            ("R&amp;D &lt;x&gt;", "R&D <x>"),
            ("A & B; &unknown; &#xzz;", "A & B; &unknown; &#xzz;"),
            ("&", "&"),
        ] {
            assert_eq!(unescape(escaped.to_owned()), plain);
        }
    }
}
