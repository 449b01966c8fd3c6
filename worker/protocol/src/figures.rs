use serde::{Deserialize, Serialize};

use crate::{Note, PickedCell, View};

/// What cells are grouped by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Grouping {
    /// The values of a column of `obs`, the file's own or one that was told.
    Column(String),
    /// The clusters of a view.
    Clusters(View),
}

/// Which genes are looked at in which classes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GenesSettings {
    /// Their names in the data set, symbols or ids; the worker chooses if there are none.
    pub genes: Vec<String>,
    /// The classes.
    pub by: Grouping,
}

/// Why these genes are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum GeneChoice {
    /// They were named.
    Named,
    /// The strongest markers of the comparison that was made last.
    Markers,
    /// The most variable of the data set.
    Variable,
}

/// Expression of some genes in classes of cells, log1p-CP10k.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GenesReport {
    /// How it was asked.
    pub settings: GenesSettings,
    /// What the classes are by.
    pub by: String,
    /// Why these genes.
    pub choice: GeneChoice,
    /// Names that no gene of the data set bears.
    pub unknown: Vec<String>,
    /// The classes that have cells: name and cells.
    pub classes: Vec<(String, u64)>,
    /// The classes so that those of like expression stand side by side.
    pub class_order: Vec<u32>,
    /// Cells without a class.
    pub n_missing: u64,
    /// The genes, in the order asked.
    pub genes: Vec<GeneInClasses>,
    /// What else the scientist must know.
    pub notes: Vec<Note>,
}

/// A gene in every class.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GeneInClasses {
    /// Its name in the data set.
    pub name: String,
    /// In the order of the classes.
    pub classes: Vec<ClassExpression>,
}

/// A gene in one class, log1p-CP10k.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClassExpression {
    /// Mean over all cells of the class.
    pub mean: f64,
    /// Share of its cells that express the gene.
    pub fraction: f64,
    /// Least value, lower quartile, median, upper quartile, greatest value.
    pub quantiles: [f64; 5],
    /// Ends of the whiskers: the outermost values within 1.5 quartile ranges of the box.
    pub whiskers: [f64; 2],
    /// Cells beyond the whiskers.
    pub n_outliers: u64,
    /// Some of their values, rising, with both ends; none where there are too many genes and classes.
    pub outliers: Vec<f32>,
    /// Density of the values, at evenly spaced places from the least to the greatest; empty where all
    /// cells have the same.
    pub density: Vec<f32>,
}

/// Two groupings of the cells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CrosstabSettings {
    /// At the left.
    pub first: Grouping,
    /// At the right.
    pub second: Grouping,
}

/// How two groupings of the same cells go together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CrosstabReport {
    /// How it was asked.
    pub settings: CrosstabSettings,
    /// What both are called.
    pub names: [String; 2],
    /// The classes that have cells in the table: name and cells.
    pub classes: [Vec<(String, u64)>; 2],
    /// Cells in each pair of classes, `classes[0] × classes[1]`, row after row.
    pub counts: Vec<u64>,
    /// The classes so that few flows cross.
    pub order: [Vec<u32>; 2],
    /// Cells with a class in both.
    pub n_obs: u64,
    /// Cells that lack a class in one of them.
    pub n_missing: u64,
    /// Adjusted Rand index; 0 is chance, 1 the same grouping.
    pub adjusted_rand: f64,
    /// Normalised mutual information, arithmetic mean; 0 is independence, 1 the same grouping.
    pub mutual_information: f64,
}

/// What is known of one cell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DescribedCell {
    /// The cell as the map picks it.
    pub cell: PickedCell,
    /// All values of the file's `obs`.
    pub values: Vec<(String, String)>,
    /// What was computed or labelled on this page: clusters, labels by hand, labels that were told with
    /// how alike the cell is to their class, values that were measured.
    pub computed: Vec<(String, String)>,
    /// Genes with the largest weight in its text embedding: name and share of the weight.
    pub genes: Vec<(String, f64)>,
    /// What the neighbours' classes are by.
    pub by: String,
    /// Its own class.
    pub class: Option<String>,
    /// Its neighbours in each view that has some.
    pub views: Vec<CellNeighbors>,
}

/// The nearest neighbours of a cell in one view.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CellNeighbors {
    /// The view.
    pub view: View,
    /// Nearest first.
    pub neighbors: Vec<NearCell>,
    /// Classes of the neighbours with their votes, most votes first; of equals the one whose cells are
    /// more similar in sum.
    pub votes: Vec<(String, u64)>,
}

/// A neighbour.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NearCell {
    /// Its row.
    pub index: u64,
    /// Its name.
    pub name: String,
    /// Cosine with the cell.
    pub cosine: f64,
    /// Its class.
    pub class: Option<String>,
}
