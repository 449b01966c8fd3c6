//! Loads tables and a matrix out of one HDF5 file, whatever its layout.

use std::collections::{BTreeMap, VecDeque};

use lexicell_matrix::{AnnData, Categorical, Column, DataFrame, DenseMatrix};

use super::matrix::MatrixReader;
use crate::error::{FormatError, Place};
use crate::inspect::{Dropped, Note};
use crate::load::{FormatLoader, LoadStatus, Loaded};
use crate::names;

/// Something that is read later.
pub(crate) type Later<T> = Box<dyn FnOnce() -> Result<T, FormatError>>;

/// Which table a column belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Axis {
    Obs,
    Var,
}

/// One part of the tables, read in one step.
pub(crate) enum Task {
    /// Row names: without them nothing can be loaded.
    Index(Axis, Later<Vec<String>>),
    /// A column: dropped with the reason if it cannot be read.
    Column(Axis, String, Later<Column>),
    /// An embedding of the cells: dropped with the reason if it cannot be read.
    Embedding(String, Later<DenseMatrix>),
}

/// Reads tables part by part, then the matrix window by window.
pub(crate) struct Hdf5Loader {
    file: String,
    n_obs: usize,
    /// Which of the file's genes are kept.
    genes: Vec<bool>,
    tasks: VecDeque<Task>,
    tasks_done: u64,
    tasks_total: u64,
    matrix: Box<dyn MatrixReader>,
    obs: DataFrame,
    var: DataFrame,
    obsm: BTreeMap<String, DenseMatrix>,
    notes: Vec<Note>,
    dropped: Vec<Dropped>,
}

impl Hdf5Loader {
    /// Puts the parts of a load together.
    pub(crate) fn new(
        file: String,
        n_obs: usize,
        genes: Vec<bool>,
        tasks: Vec<Task>,
        matrix: Box<dyn MatrixReader>,
    ) -> Self {
        let tasks_total = tasks.len() as u64;
        Self {
            file,
            n_obs,
            genes,
            tasks: tasks.into(),
            tasks_done: 0,
            tasks_total,
            matrix,
            obs: DataFrame::default(),
            var: DataFrame::default(),
            obsm: BTreeMap::new(),
            notes: Vec::new(),
            dropped: Vec::new(),
        }
    }

    fn do_task(&mut self, task: Task) -> Result<(), FormatError> {
        match task {
            Task::Index(axis, read) => {
                let (name, length) = match axis {
                    Axis::Obs => ("cell names", self.n_obs),
                    Axis::Var => ("gene names", self.genes.len()),
                };
                let index = read()?;
                if index.len() != length {
                    return Err(self.mismatch(name, length, index.len()));
                }
                match axis {
                    Axis::Obs => self.obs = DataFrame::new(index),
                    Axis::Var => self.var = DataFrame::new(self.kept(index)),
                }
            }
            Task::Column(axis, name, read) => {
                let done = read()
                    .map_err(|error| error.to_string())
                    .and_then(|column| self.insert(axis, &name, column));
                let table = if axis == Axis::Obs { "obs" } else { "var" };
                self.note_dropped(format!("{table}/{name}"), done);
            }
            Task::Embedding(name, read) => {
                let done = read().map_err(|error| error.to_string()).and_then(|matrix| {
                    if matrix.n_rows() != self.n_obs {
                        return Err(format!(
                            "it has {} rows, but there are {} cells",
                            matrix.n_rows(),
                            self.n_obs
                        ));
                    }
                    self.obsm.insert(name.clone(), matrix);
                    Ok(())
                });
                self.note_dropped(format!("obsm/{name}"), done);
            }
        }
        Ok(())
    }

    fn insert(&mut self, axis: Axis, name: &str, column: Column) -> Result<(), String> {
        match axis {
            Axis::Obs => self.obs.insert(name, column).map_err(|error| error.to_string()),
            Axis::Var if column.len() == self.genes.len() => {
                let column = self.kept_column(column);
                self.var.insert(name, column).map_err(|error| error.to_string())
            }
            Axis::Var => Err(format!(
                "it has {} values, but there are {} genes",
                column.len(),
                self.genes.len()
            )),
        }
    }

    fn note_dropped(&mut self, what: String, done: Result<(), String>) {
        if let Err(why) = done {
            self.dropped.push(Dropped { what, why });
        }
    }

    fn kept<T>(&self, values: Vec<T>) -> Vec<T> {
        values
            .into_iter()
            .zip(&self.genes)
            .filter(|(_, kept)| **kept)
            .map(|(value, _)| value)
            .collect()
    }

    fn kept_column(&self, column: Column) -> Column {
        match column {
            Column::Categorical(Categorical { codes, categories }) => {
                Column::Categorical(Categorical { codes: self.kept(codes), categories })
            }
            Column::Float(values) => Column::Float(self.kept(values)),
            Column::Integer(values) => Column::Integer(self.kept(values)),
            Column::Boolean(values) => Column::Boolean(self.kept(values)),
            Column::Text(values) => Column::Text(self.kept(values)),
        }
    }

    fn mismatch(&self, name: &str, expected: usize, found: usize) -> FormatError {
        FormatError::DimensionMismatch {
            file: self.file.clone(),
            place: Place::Object(name.to_owned()),
            expected: format!("{expected}, as the matrix has"),
            found: found.to_string(),
            remedy: "The matrix and its names do not belong together: write the file again."
                .to_owned(),
        }
    }
}

impl FormatLoader for Hdf5Loader {
    fn run(&mut self, limit: usize) -> Result<LoadStatus, FormatError> {
        // Tables count as rows read; a wide table takes several runs.
        let mut rows = 0;
        while rows < limit {
            let Some(task) = self.tasks.pop_front() else { break };
            self.do_task(task)?;
            self.tasks_done += 1;
            rows += self.n_obs.max(1000);
        }
        if rows == 0 {
            self.matrix.run(limit)?;
        }
        let (done, total) = self.matrix.progress();
        let per_task = self.n_obs as u64;
        Ok(LoadStatus {
            done: done + self.tasks_done * per_task,
            total: total + self.tasks_total * per_task,
            finished: self.tasks.is_empty() && done >= total,
        })
    }

    fn finish(mut self: Box<Self>) -> Result<Loaded, FormatError> {
        let (x, values) = self.matrix.finish()?;
        self.notes.extend(names::notes_on_names(&self.obs, &self.var));
        self.notes.extend(names::notes_on_labels(&self.obs));
        if values.not_finite > 0 {
            self.notes.push(Note::warning(format!(
                "{} values are NaN or infinite; they are read as zero.",
                values.not_finite
            )));
        }
        let adata = AnnData {
            x: x.into(),
            obs: self.obs,
            var: self.var,
            obsm: self.obsm,
            ..AnnData::default()
        };
        Ok(Loaded { adata, values, notes: self.notes, dropped: self.dropped })
    }
}
