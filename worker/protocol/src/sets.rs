use serde::{Deserialize, Serialize};

use crate::{CellSet, LassoReport, View};

/// Anything about the cells that the scientist marks: the selection, sets with names, labels by hand.
/// Every change is told by [`crate::Event::Sets`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum SetsCommand {
    /// Keep the selected cells under this name.
    Keep(String),
    /// Select these cells.
    Select(SetExpression),
    /// Give a named set another name.
    Rename {
        /// Its name.
        from: String,
        /// The new one.
        to: String,
    },
    /// Forget the set of this name.
    Delete(String),
    /// Edit labels by hand.
    Label(LabelCommand),
    /// Take the last change back.
    Undo,
    /// Make the change again that was taken back last.
    Redo,
}

/// Cells by the algebra of sets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum SetExpression {
    /// The cells of the set.
    Of(CellSet),
    /// All cells that are not in the set.
    Not(CellSet),
    /// The cells of either set.
    Union(CellSet, CellSet),
    /// The cells of both sets.
    Intersection(CellSet, CellSet),
    /// The cells of the first set that are not in the second.
    Difference(CellSet, CellSet),
}

/// An edit of a labelling: a column of `obs` that the scientist makes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum LabelCommand {
    /// Begin a labelling.
    Create {
        /// Name of the new column.
        column: String,
        /// What it is a copy of.
        from: LabelSource,
    },
    /// Forget a labelling.
    Delete {
        /// The column.
        column: String,
    },
    /// Give a class another name; under the name of another class both become one.
    RenameClass {
        /// The column.
        column: String,
        /// The class.
        from: String,
        /// Its new name.
        to: String,
    },
    /// Give the selected cells a class, be it new or not; `None` clears their label.
    Assign {
        /// The column.
        column: String,
        /// The class.
        class: Option<String>,
    },
}

/// What a labelling begins with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum LabelSource {
    /// No cell has a label.
    Nothing,
    /// A copy of a column of `obs`, the file's own or one that was told.
    Column(String),
    /// The clusters of a view, by their numbers.
    Clusters(View),
}

/// All that the scientist marked.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SetsReport {
    /// Sets with names, in the order in which they were kept.
    pub sets: Vec<SetReport>,
    /// Labellings, in the order in which they were begun.
    pub labelings: Vec<LabelingReport>,
    /// What `Undo` would take back.
    pub undo: Option<String>,
    /// What `Redo` would make again.
    pub redo: Option<String>,
    /// The selected cells, by the classes that colour the map.
    pub selection: LassoReport,
    /// Another number where other cells are selected.
    pub selection_stamp: u32,
}

/// A set of cells with a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetReport {
    /// Its name.
    pub name: String,
    /// Its cells.
    pub n_obs: u64,
    /// Another number where the cells are others.
    pub stamp: u32,
}

/// A labelling.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabelingReport {
    /// Name of the column of `obs`.
    pub column: String,
    /// Its classes with their cells.
    pub classes: Vec<(String, u64)>,
    /// Cells without a label.
    pub n_missing: u64,
    /// Another number where a cell has another label.
    pub stamp: u32,
}
