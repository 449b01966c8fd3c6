use lexicell_matrix::MatrixError;
use thiserror::Error;

/// Why a step on cells could not be done.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum AnalysisError {
    /// Two inputs of a step disagree about a size.
    #[error("{what}: expected {expected}, found {found}")]
    Shape {
        /// The size in question.
        what: &'static str,
        /// The size that the other inputs demand.
        expected: usize,
        /// The size that was given.
        found: usize,
    },
    /// The expression matrix holds NaN or an infinite value.
    #[error("cell {cell}, gene {gene}: the expression matrix holds {value}, not a finite number")]
    ExpressionNotFinite {
        /// Row of the expression matrix.
        cell: usize,
        /// Column of the expression matrix.
        gene: usize,
        /// The value found.
        value: f32,
    },
    /// The expression matrix holds a negative value where counts or logged counts are needed.
    #[error(
        "cell {cell}, gene {gene}: negative value {value}; the matrix looks scaled, choose counts or log-normalised values"
    )]
    NegativeExpression {
        /// Row of the expression matrix.
        cell: usize,
        /// Column of the expression matrix.
        gene: usize,
        /// The value found.
        value: f32,
    },
    /// The expression matrix was declared scaled.
    #[error(
        "the expression matrix is scaled (centred by gene): choose counts or log-normalised values"
    )]
    ScaledExpression,
    /// A dense input holds NaN or an infinite value.
    #[error("{what}: row {row}, column {column} is not a finite number")]
    NotFinite {
        /// The input in question.
        what: &'static str,
        /// Row of the value.
        row: usize,
        /// Column of the value.
        column: usize,
    },
    /// A row that must be of unit length (or zero) is not.
    #[error("{what}: row {row} has length {length}, not 1")]
    NotUnitLength {
        /// The input in question.
        what: &'static str,
        /// The row in question.
        row: usize,
        /// Its length.
        length: f32,
    },
    /// An index points past the end of what it indexes.
    #[error("{what}: index {index} but only {len} rows")]
    IndexOutOfRange {
        /// The list that holds the index.
        what: &'static str,
        /// The index found.
        index: usize,
        /// How many rows there are.
        len: usize,
    },
    /// A setting lies outside its range.
    #[error("{setting} = {found}: must be {allowed}")]
    Setting {
        /// Name of the setting.
        setting: &'static str,
        /// The range that is allowed, in words.
        allowed: String,
        /// The value given.
        found: String,
    },
    /// Fewer cells than the step needs.
    #[error("{step} needs at least {needed} cells, found {found}")]
    TooFewCells {
        /// The step that was asked for.
        step: &'static str,
        /// Cells that it needs.
        needed: usize,
        /// Cells that it was given.
        found: usize,
    },
    /// Fewer genes than the step needs.
    #[error("{step} needs at least {needed} genes, found {found}")]
    TooFewGenes {
        /// The step that was asked for.
        step: &'static str,
        /// Genes that it needs.
        needed: usize,
        /// Genes that it was given.
        found: usize,
    },
    /// No gene of the data set has a vector.
    #[error("none of the {n_genes} genes has a vector, so no cell can be embedded")]
    NoGeneVector {
        /// Genes of the data set.
        n_genes: usize,
    },
    /// All values are the same, so there is no variance to work with.
    #[error("{step}: all values are the same in every cell, there is no variance")]
    NoVariance {
        /// The step that was asked for.
        step: &'static str,
    },
    /// The label column has no value at all.
    #[error("no cell has a label")]
    NoLabels,
    /// The label column has one class only, so there is nothing to tell apart.
    #[error("all {n_cells} labelled cells are {class:?}: a score needs at least two classes")]
    OneClass {
        /// The only class.
        class: String,
        /// Cells that have it.
        n_cells: usize,
    },
    /// Every class is too small to be in training and test cells at once.
    #[error(
        "no class has {needed} cells that differ (the largest, {largest:?}, has {found}): classes this small cannot be held out"
    )]
    ClassesTooSmall {
        /// Cells that at least two classes must have.
        needed: usize,
        /// The largest class.
        largest: String,
        /// Distinct cells of the largest class.
        found: usize,
    },
    /// The groups that should be held out are the classes that should be told.
    #[error(
        "each of the {n_groups} groups is one class and each class one group: with a group held out, its class has no training cell"
    )]
    GroupsAreLabels {
        /// Groups with labelled cells.
        n_groups: usize,
    },
    /// There are not enough groups to hold one out.
    #[error("holding groups out needs at least 2 groups with labelled cells, found {found}")]
    TooFewGroups {
        /// Groups with labelled cells.
        found: usize,
    },
    /// Too few classes occur in more than one group.
    #[error(
        "only {held_out} of {n_classes} classes occur in more than one group: a class that lives in one group cannot be in training and test cells at once"
    )]
    ClassesInOneGroup {
        /// Classes with cells in a group.
        n_classes: usize,
        /// Classes in more than one group.
        held_out: usize,
    },
    /// All labelled training cells are of one class, so there is nothing to contrast.
    #[error(
        "all {n_cells} labelled training cells are of one class: contrast needs at least two classes"
    )]
    OneTrainingClass {
        /// The only class.
        class: u32,
        /// Labelled training cells.
        n_cells: usize,
    },
    /// Every class has one training cell, and no views give it a partner.
    #[error(
        "each of the {n_classes} classes has a single training cell: without a second view of the cells none has a partner to be drawn to"
    )]
    NoPositivePair {
        /// Classes among the training cells.
        n_classes: usize,
    },
    /// An objective needs two views of each cell, and there is no source of them.
    #[error("the objective compares two views of each cell, but nothing makes views")]
    NoViews,
    /// The loss left the range of numbers.
    #[error(
        "training diverged in epoch {epoch}: choose a lower learning rate than {learning_rate}"
    )]
    Diverged {
        /// The epoch, from 1.
        epoch: usize,
        /// The highest learning rate of the schedule.
        learning_rate: f64,
    },
    /// The GPU was lost, failed or has no room.
    #[error(transparent)]
    Gpu(#[from] lexicell_kernels::GpuError),
    /// A saved head or checkpoint is damaged, or is something else.
    #[error("{what}: {reason}")]
    SavedFile {
        /// The kind of file that was expected.
        what: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// A list of neighbours contradicts itself.
    #[error("neighbours of cell {cell}: {reason}")]
    Neighbors {
        /// The first cell that is wrong.
        cell: usize,
        /// What is wrong.
        reason: &'static str,
    },
    /// A graph has an edge that no neighbour graph has.
    #[error("graph, row {row}: {reason}")]
    Graph {
        /// The first row that is wrong.
        row: usize,
        /// What is wrong.
        reason: &'static str,
    },
    /// A method was called before or after its turn.
    #[error("{step}: {message}")]
    OutOfTurn {
        /// The step in question.
        step: &'static str,
        /// What was expected first.
        message: &'static str,
    },
    /// A computed matrix does not fit its shape.
    #[error(transparent)]
    Matrix(#[from] MatrixError),
    /// Sets of cells that must be disjoint, and each without repeats, are not.
    #[error("{step}: cell {cell} is named twice; sets of cells must not overlap or repeat a cell")]
    CellTwice {
        /// The step that was asked for.
        step: &'static str,
        /// The first cell found twice.
        cell: usize,
    },
    /// A graph of connectivities leaves a cell without any edge.
    #[error(
        "cell {cell} has no edge in the neighbour graph: a diffusion map needs one for every cell"
    )]
    CellWithoutEdge {
        /// The first such cell.
        cell: usize,
    },
    /// The neighbour graph falls into more parts than the map has components.
    #[error(
        "the neighbour graph falls into {n_parts} parts that no edge joins, and each takes one of the {n_comps} components: take more neighbours, or part of the cells"
    )]
    GraphInParts {
        /// Connected parts of the graph.
        n_parts: usize,
        /// Components that were asked for.
        n_comps: usize,
    },
    /// None of the components is about the part of the graph that the root lies in.
    #[error(
        "root cell {root} lies in a part of the graph with {n_cells} cells (one of {n_parts} parts), and none of the {n_dcs} components tells these apart"
    )]
    RootOutsideMap {
        /// The root cell.
        root: usize,
        /// Cells of its part.
        n_cells: usize,
        /// Components that distances are measured in.
        n_dcs: usize,
        /// Connected parts of the graph.
        n_parts: usize,
    },
    /// An iteration did not reach its precision.
    #[error(
        "{step} did not converge: after {rounds} rounds the residual is {residual:.1e}, not {allowed:.0e}"
    )]
    NotConverged {
        /// The step in question.
        step: &'static str,
        /// Rounds that were made.
        rounds: usize,
        /// The greatest residual.
        residual: f64,
        /// The residual that would do.
        allowed: f64,
    },
    /// One thing is in both groups that should be compared.
    #[error("{what}: {index} is in both groups that should be compared")]
    InBothGroups {
        /// What was grouped.
        what: &'static str,
        /// The first one that is in both.
        index: usize,
    },
    /// One thing is twice in a list of distinct ones.
    #[error("{what}: {index} is listed twice")]
    ListedTwice {
        /// What was listed.
        what: &'static str,
        /// The first one that is there twice.
        index: usize,
    },
    /// A group that should be compared has nobody in it.
    #[error("{what}: the {group} group has none that can be compared")]
    EmptyGroup {
        /// What was grouped.
        what: &'static str,
        /// Which of the two groups.
        group: &'static str,
    },
    /// A unit that should be compared has no cell with a place.
    #[error("unit {unit}: none of its cells could be embedded")]
    EmptyUnit {
        /// Code of the unit.
        unit: usize,
    },
}

impl AnalysisError {
    /// A setting outside its range, with both sides in words.
    pub(crate) fn setting(
        setting: &'static str,
        allowed: impl Into<String>,
        found: impl ToString,
    ) -> Self {
        Self::Setting { setting, allowed: allowed.into(), found: found.to_string() }
    }
}
