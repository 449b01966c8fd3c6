use lexicell_matrix::{CsrMatrix, DenseMatrix};

use super::SharedGenes;
use crate::{
    AnalysisError, Progress,
    hvg::HvgFit,
    normalize::Normalized,
    pca::{PcaFit, PcaModel},
    state::MatrixState,
};

/// Fewer shared genes are not compared by their expression: nothing smaller was measured.
///
/// With 16, all of them markers that a panel was made of (motor cortex ↔ osmFISH, `make ablation`), they
/// still tell more than texts do.
pub const FEWEST_SHARED: usize = 16;
/// Fewer shared genes tell more than texts only if they were chosen as markers: where a warning begins,
/// by judgement; `make ablation` has no pair between 16 and 681.
pub const FEW_SHARED: usize = 200;
/// Cells read or placed in one unit of work.
const CELLS_PER_UNIT: usize = 64;

/// Cells of one side.
#[derive(Debug, Clone)]
pub struct ExpressionSide<'a> {
    /// log1p-CP10k; the total that a cell is normalised to is that of all its genes, shared or not.
    pub view: &'a Normalized<'a>,
    /// Rows that take part.
    pub cells: Vec<usize>,
}

/// How the space of shared genes is fitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExpressionSettings {
    /// Most shared genes; of more, those that vary most in the reference.
    pub n_top_genes: usize,
    /// Most components.
    pub n_components: usize,
    /// Seed of the components.
    pub seed: u64,
}

impl Default for ExpressionSettings {
    /// As the classical view.
    fn default() -> Self {
        Self { n_top_genes: 2000, n_components: 50, seed: 0 }
    }
}

/// Cells of both sides along the components of the reference.
#[derive(Debug, Clone, PartialEq)]
pub struct ExpressionCells {
    /// `[cells of the reference × components]`
    pub reference: DenseMatrix,
    /// `[cells of the query × components]`
    pub query: DenseMatrix,
    /// Shared genes that the components are made of.
    pub n_genes: usize,
}

/// Places both sides along the principal components that the reference has on the shared genes, to be
/// driven with [`run`](Self::run).
///
/// As scanpy's `tl.ingest`: PCA of the reference's log1p-CP10k, the query projected on its loadings. Of
/// more than [`ExpressionSettings::n_top_genes`] shared genes those are used that `pp.highly_variable_genes`
/// (flavour seurat) of the whole reference ranks first. Unlike `ingest`, each side is to be centred on its
/// own mean afterwards ([`OwnMean`](super::OwnMean)), which is the same as centring each gene on its own
/// mean of the side, and neighbours are those by cosine. A cell that expresses none of the genes is a row
/// of zeros.
#[derive(Debug)]
pub struct ExpressionSpace<'a> {
    sides: [ExpressionSide<'a>; 2],
    shared: SharedGenes,
    settings: ExpressionSettings,
    stage: Stage<'a>,
    /// Components of the cells placed so far, side by side.
    placed: [Vec<f32>; 2],
}

#[derive(Debug)]
enum Stage<'a> {
    Moments(HvgFit<'a>),
    Fit(Box<PcaFit<'a>>),
    Place(Box<Placing>),
    /// An error ended it.
    Broken,
}

#[derive(Debug)]
struct Placing {
    model: PcaModel,
    /// Units that the fit took.
    fit: usize,
    /// Column of the reference for each of the query's, `u32::MAX` where it is not used.
    column: Vec<u32>,
    /// Whether a column of the reference is used.
    is_used: Vec<bool>,
}

impl<'a> ExpressionSpace<'a> {
    /// Prepares the fit on the reference's cells.
    ///
    /// # Errors
    /// If there are fewer than two shared genes or reference cells, or an index lies outside its matrix.
    pub fn new(
        reference: ExpressionSide<'a>,
        query: ExpressionSide<'a>,
        shared: SharedGenes,
        settings: ExpressionSettings,
    ) -> Result<Self, AnalysisError> {
        check(&shared, [reference.view.n_genes(), query.view.n_genes()])?;
        check_cells(&query)?;
        let n_shared = shared.reference.len();
        let stage = if n_shared > settings.n_top_genes {
            Stage::Moments(HvgFit::new(reference.view, reference.cells.clone())?)
        } else {
            Stage::Fit(Box::new(fit(&reference, &shared.reference, settings)?))
        };
        let (sides, placed) = ([reference, query], [Vec::new(), Vec::new()]);
        Ok(Self { sides, shared, settings, stage, placed })
    }

    /// Works on up to `limit` units: 64 cells read or placed, or a stripe of the PCA.
    ///
    /// # Errors
    /// If no gene varies in the reference.
    pub fn run(&mut self, limit: usize) -> Result<Progress, AnalysisError> {
        for _ in 0..limit {
            if self.progress().is_done() {
                break;
            }
            self.stage = match std::mem::replace(&mut self.stage, Stage::Broken) {
                Stage::Moments(mut moments) => {
                    if moments.run(CELLS_PER_UNIT)?.is_done() {
                        self.keep_variable(moments)?;
                        let genes = &self.shared.reference;
                        Stage::Fit(Box::new(fit(&self.sides[0], genes, self.settings)?))
                    } else {
                        Stage::Moments(moments)
                    }
                }
                Stage::Fit(mut fit) => {
                    let progress = fit.run(1)?;
                    if progress.is_done() {
                        Stage::Place(Box::new(self.placing(fit.finish()?, progress.done)))
                    } else {
                        Stage::Fit(fit)
                    }
                }
                Stage::Place(placing) => {
                    self.place(&placing)?;
                    Stage::Place(placing)
                }
                Stage::Broken => {
                    let message = "work was asked for after an error";
                    return Err(AnalysisError::OutOfTurn { step: STEP, message });
                }
            };
        }
        Ok(self.progress())
    }

    /// How far it is; the total is an estimate until the components are there.
    #[must_use]
    pub fn progress(&self) -> Progress {
        let units = |cells: usize| cells.div_ceil(CELLS_PER_UNIT);
        let [reference, query] = [0, 1].map(|side| units(self.sides[side].cells.len()));
        let total = reference + query;
        match &self.stage {
            Stage::Moments(moments) => {
                let done = moments.progress().done / CELLS_PER_UNIT;
                // The fit comes after, and takes about as long again.
                Progress { done, total: 2 * reference + total }
            }
            Stage::Fit(fit) => {
                let Progress { done, total: fit } = fit.progress();
                Progress { done: done.min(fit), total: fit + total }
            }
            Stage::Place(placing) => {
                let d = placing.model.n_components();
                let done = self.placed.iter().map(|placed| units(placed.len() / d)).sum::<usize>();
                Progress { done: placing.fit + done, total: placing.fit + total }
            }
            Stage::Broken => Progress { done: 0, total: 1 },
        }
    }

    /// The cells of both sides, not yet centred.
    ///
    /// # Errors
    /// If work is left to do.
    pub fn finish(self) -> Result<ExpressionCells, AnalysisError> {
        let is_done = self.progress().is_done();
        let Stage::Place(placing) = self.stage else { return Err(unfinished()) };
        if !is_done {
            return Err(unfinished());
        }
        let d = placing.model.n_components();
        let [reference, query] =
            self.placed.map(|placed| DenseMatrix::try_new(placed.len() / d, d, placed));
        let (reference, query) = (reference?, query?);
        Ok(ExpressionCells { reference, query, n_genes: placing.model.genes.len() })
    }

    /// Keeps the shared genes that vary most in the reference.
    fn keep_variable(&mut self, moments: HvgFit<'_>) -> Result<(), AnalysisError> {
        let n = self.settings.n_top_genes;
        let ranks = moments.finish(n.max(1))?.dispersions_norm;
        let rank = |place: &usize| {
            let rank = ranks[self.shared.reference[*place] as usize];
            // A gene that does not vary tells no cells apart.
            if rank.is_nan() { f64::NEG_INFINITY } else { rank }
        };
        let mut places: Vec<usize> = (0..self.shared.reference.len()).collect();
        places.sort_by(|a, b| rank(b).total_cmp(&rank(a)));
        places.truncate(n);
        places.sort_unstable();
        let of = |columns: &[u32]| places.iter().map(|&place| columns[place]).collect();
        let (reference, query) = (of(&self.shared.reference), of(&self.shared.query));
        self.shared = SharedGenes { reference, query };
        Ok(())
    }

    fn placing(&self, model: PcaModel, fit: usize) -> Placing {
        let [reference, query] = [0, 1].map(|side| self.sides[side].view.n_genes());
        let mut column = vec![u32::MAX; query];
        let mut is_used = vec![false; reference];
        for (&own, &other) in self.shared.reference.iter().zip(&self.shared.query) {
            column[other as usize] = own;
            is_used[own as usize] = true;
        }
        Placing { model, fit, column, is_used }
    }

    /// Places the next cells of the side that is not done.
    fn place(&mut self, placing: &Placing) -> Result<(), AnalysisError> {
        let d = placing.model.n_components();
        let side = usize::from(self.placed[0].len() == self.sides[0].cells.len() * d);
        let ExpressionSide { view, cells } = &self.sides[side];
        let first = self.placed[side].len() / d;
        let cells = &cells[first..(first + CELLS_PER_UNIT).min(cells.len())];
        let column = |gene: u32| match side {
            0 => Some(gene).filter(|&gene| placing.is_used[gene as usize]),
            _ => Some(placing.column[gene as usize]).filter(|&column| column != u32::MAX),
        };
        let (mut indptr, mut indices, mut data) = (vec![0], Vec::new(), Vec::new());
        for &cell in cells {
            for (gene, value) in view.row(cell).filter(|&(_, value)| value > 0.0) {
                if let Some(column) = column(gene) {
                    indices.push(column);
                    data.push(value);
                }
            }
            indptr.push(indices.len());
        }
        let n_genes = placing.is_used.len();
        let x = CsrMatrix::try_new(cells.len(), n_genes, indptr, indices, data)?;
        let rows: Vec<usize> = (0..cells.len()).collect();
        let logged = Normalized::new(&x, MatrixState::LogNormalized)?;
        let places = placing.model.transform(&logged, &rows)?;
        for row in rows {
            let is_empty = x.row(row).0.is_empty();
            let place = places.row(row).iter();
            self.placed[side].extend(place.map(|&value| if is_empty { 0.0 } else { value }));
        }
        Ok(())
    }
}

const STEP: &str = "the space of shared genes";

fn fit<'a>(
    side: &ExpressionSide<'a>,
    genes: &[u32],
    settings: ExpressionSettings,
) -> Result<PcaFit<'a>, AnalysisError> {
    PcaFit::new(side.view, side.cells.clone(), genes, settings.n_components, settings.seed)
}

fn check(shared: &SharedGenes, n_genes: [usize; 2]) -> Result<(), AnalysisError> {
    let (expected, found) = (shared.reference.len(), shared.query.len());
    if expected != found {
        return Err(AnalysisError::Shape { what: "shared genes of the query", expected, found });
    }
    for (columns, len) in [&shared.reference, &shared.query].into_iter().zip(n_genes) {
        if let Some(&index) = columns.iter().find(|&&column| column as usize >= len) {
            let (what, index) = ("list of shared genes", index as usize);
            return Err(AnalysisError::IndexOutOfRange { what, index, len });
        }
    }
    Ok(())
}

fn check_cells(side: &ExpressionSide<'_>) -> Result<(), AnalysisError> {
    let len = side.view.n_cells();
    match side.cells.iter().find(|&&cell| cell >= len) {
        None => Ok(()),
        Some(&index) => Err(AnalysisError::IndexOutOfRange { what: "list of cells", index, len }),
    }
}

fn unfinished() -> AnalysisError {
    let message = "the cells were asked for before all were placed";
    AnalysisError::OutOfTurn { step: STEP, message }
}
