//! `obs` and `var`, as a group of columns or, in anndata 0.6 and earlier, as records.

use lexicell_matrix::Column;

use crate::error::{FormatError, Place};
use crate::hdf5::columns;
use crate::hdf5::container::{Group, Node};
use crate::hdf5::dataset::Dataset;
use crate::hdf5::loader::{Axis, Task};
use crate::hdf5::records;
use crate::inspect::{ColumnKind, ColumnSummary, Dropped};

/// How many names are shown before a table is read.
const FIRST: u64 = 5;

/// A table in an h5ad file.
#[derive(Clone)]
pub(crate) struct Frame {
    /// `obs`, `var` or `raw/var`.
    name: String,
    form: Form,
    n_rows: u64,
}

#[derive(Clone)]
enum Form {
    /// A group of columns, and the name of the one with the row names.
    Columns { group: Group, index: String, categories: Option<Group> },
    /// Records, the field with the row names, and `uns`, which holds the categories.
    Records { dataset: Dataset, index: String, uns: Option<Group> },
}

impl Frame {
    /// Opens the table of that name.
    pub(crate) fn open(root: &Group, name: &str) -> Result<Self, FormatError> {
        match root.child(name)? {
            Some(Node::Group(group)) => Self::of_columns(name, group),
            Some(Node::Dataset(dataset)) => Self::of_records(name, dataset, root.group("uns")?),
            None => Err(missing(root, name, "the table is not there")),
        }
    }

    fn of_columns(name: &str, group: Group) -> Result<Self, FormatError> {
        let stated = group.attributes().text("_index");
        let stated = stated.filter(|index| matches!(group.child(index), Ok(Some(_))));
        let index = match stated {
            Some(index) => index,
            None => usual_index(&group)?
                .ok_or_else(|| missing(&group, "_index", "the table has no column of row names"))?,
        };
        let n_rows = match group.child(&index)? {
            Some(Node::Dataset(dataset)) => dataset.len(),
            Some(Node::Group(values)) => match values.dataset("values")? {
                Some(values) => values.len(),
                None => values.demand("codes")?.len(),
            },
            None => 0,
        };
        let categories = group.group("__categories")?;
        Ok(Self { name: name.to_owned(), form: Form::Columns { group, index, categories }, n_rows })
    }

    fn of_records(name: &str, dataset: Dataset, uns: Option<Group>) -> Result<Self, FormatError> {
        let fields = records::fields(&dataset);
        let usual = fields.iter().find(|field| field.name == "index" || field.name == "_index");
        let index = usual.or(fields.first()).map(|field| field.name.clone());
        let index = index.ok_or_else(|| dataset.wrong_type("a table"))?;
        let n_rows = dataset.len();
        Ok(Self { name: name.to_owned(), form: Form::Records { dataset, index, uns }, n_rows })
    }

    /// Number of rows.
    pub(crate) fn n_rows(&self) -> u64 {
        self.n_rows
    }

    /// Whether the table has the form of anndata 0.6 and earlier.
    pub(crate) fn is_records(&self) -> bool {
        matches!(self.form, Form::Records { .. })
    }

    /// The columns as they will be, and those that cannot be read.
    pub(crate) fn summaries(&self) -> Result<(Vec<ColumnSummary>, Vec<Dropped>), FormatError> {
        let (mut summaries, mut dropped) = (Vec::new(), Vec::new());
        for name in self.column_names()? {
            match self.summary(&name) {
                Ok(Some(summary)) => summaries.push(summary),
                Ok(None) => {
                    dropped.push(self.dropped(
                        &name,
                        "not a column of numbers, truth values, categories or text",
                    ))
                }
                Err(error) => dropped.push(self.dropped(&name, &error.to_string())),
            }
        }
        Ok((summaries, dropped))
    }

    /// The first few row names.
    pub(crate) fn first_names(&self) -> Result<Vec<String>, FormatError> {
        if let Form::Columns { group, index, .. } = &self.form
            && let Some(node) = group.child(index)?
        {
            return columns::first_labels(&node, FIRST);
        }
        let mut names = self.index()?;
        names.truncate(FIRST as usize);
        Ok(names)
    }

    /// What has to be read for the table.
    pub(crate) fn tasks(&self, axis: Axis) -> Result<Vec<Task>, FormatError> {
        let own = self.clone();
        let mut tasks = vec![Task::Index(axis, Box::new(move || own.index()))];
        for name in self.column_names()? {
            if !matches!(self.summary(&name), Ok(Some(_))) {
                continue;
            }
            let (own, column) = (self.clone(), name.clone());
            tasks.push(Task::Column(axis, name, Box::new(move || own.column(&column))));
        }
        Ok(tasks)
    }

    fn index(&self) -> Result<Vec<String>, FormatError> {
        match &self.form {
            Form::Columns { group, index, .. } => match group.child(index)? {
                Some(node) => columns::labels(&node),
                None => Err(missing(group, index, "the row names are not there")),
            },
            Form::Records { dataset, index, .. } => {
                Ok(columns::names(records::column(dataset, index)?))
            }
        }
    }

    /// Columns in the file's order, those that `column-order` forgets at the end.
    fn column_names(&self) -> Result<Vec<String>, FormatError> {
        match &self.form {
            Form::Columns { group, index, .. } => {
                let mut names = group.attributes().texts("column-order").unwrap_or_default();
                let present = group.names()?;
                names.retain(|name| present.contains(name));
                let known: std::collections::HashSet<String> = names.iter().cloned().collect();
                names.extend(
                    present
                        .into_iter()
                        .filter(|name| !known.contains(name) && name != "__categories"),
                );
                names.retain(|name| name != index);
                Ok(names)
            }
            Form::Records { dataset, index, .. } => {
                let names = records::fields(dataset).iter().map(|field| field.name.clone());
                Ok(names.filter(|name| name != index).collect())
            }
        }
    }

    fn summary(&self, name: &str) -> Result<Option<ColumnSummary>, FormatError> {
        let categorical = |n_categories| {
            Some(ColumnSummary {
                name: name.to_owned(),
                kind: ColumnKind::Categorical,
                n_categories: Some(n_categories),
            })
        };
        match &self.form {
            Form::Columns { group, .. } => {
                if let Some(categories) = self.old_categories(name)? {
                    return Ok(categorical(categories.len()));
                }
                Ok(group.child(name)?.and_then(|node| columns::summary(name, &node)))
            }
            Form::Records { dataset, .. } => {
                if let Some(categories) = self.old_categories(name)? {
                    return Ok(categorical(categories.len()));
                }
                let field = records::fields(dataset).iter().find(|field| field.name == name);
                let kind = field.and_then(|field| columns::kind(&field.datatype));
                Ok(kind.map(|kind| ColumnSummary {
                    name: name.to_owned(),
                    kind,
                    n_categories: None,
                }))
            }
        }
    }

    fn column(&self, name: &str) -> Result<Column, FormatError> {
        let categories = self
            .old_categories(name)?
            .map(|categories| columns::labels(&Node::Dataset(categories)))
            .transpose()?;
        match &self.form {
            Form::Columns { group, .. } => match (group.child(name)?, categories) {
                (Some(Node::Dataset(codes)), Some(categories)) => {
                    Ok(Column::Categorical(columns::categorical(codes.numbers()?, categories)))
                }
                (Some(node), _) => columns::encoded(&node),
                (None, _) => Err(missing(group, name, "the column is not there")),
            },
            Form::Records { dataset, .. } => match (records::column(dataset, name)?, categories) {
                (Column::Integer(codes), Some(categories)) => {
                    let codes = codes.into_iter().map(|code| code.unwrap_or(-1)).collect();
                    Ok(Column::Categorical(columns::categorical(codes, categories)))
                }
                (column, _) => Ok(column),
            },
        }
    }

    /// Categories beside the column: `obs/__categories/NAME` in anndata 0.7, `uns/NAME_categories` before.
    fn old_categories(&self, name: &str) -> Result<Option<Dataset>, FormatError> {
        match &self.form {
            Form::Columns { group, categories: Some(categories), .. } => match group.child(name)? {
                Some(Node::Dataset(codes)) if codes.attributes().has("categories") => {
                    categories.dataset(name)
                }
                _ => Ok(None),
            },
            Form::Records { dataset, uns: Some(uns), .. } => {
                let is_code = |field: &hdf5_reader::CompoundField| {
                    field.name == name
                        && columns::kind(&field.datatype) == Some(ColumnKind::Integer)
                };
                if !records::fields(dataset).iter().any(is_code) {
                    return Ok(None);
                }
                // Scalars are what was once a list of one category.
                uns.dataset(&format!("{name}_categories"))
            }
            _ => Ok(None),
        }
    }

    fn dropped(&self, column: &str, why: &str) -> Dropped {
        Dropped { what: format!("{}/{column}", self.name), why: why.to_owned() }
    }
}

fn usual_index(group: &Group) -> Result<Option<String>, FormatError> {
    for name in ["_index", "index"] {
        if group.child(name)?.is_some() {
            return Ok(Some(name.to_owned()));
        }
    }
    Ok(None)
}

fn missing(group: &Group, name: &str, found: &str) -> FormatError {
    let cells = name == "obs" || group.path.ends_with("/obs");
    FormatError::MissingNames {
        file: group.container.file.name.clone(),
        place: Place::Object(group.path_of(name)),
        missing: if cells { "cell names" } else { "gene names" }.to_owned(),
        found: found.to_owned(),
        remedy: "Write the file again with anndata.".to_owned(),
    }
}
