use lexicell_matrix::CsrMatrix;

use super::lanczos::{Lanczos, Operator};
use crate::{AnalysisError, Progress, graph, spectral::components::label};

/// Components that are computed by default, the constant one counted (scanpy: `n_comps`).
pub const N_COMPS: usize = 15;
/// Components that a map has at least, as scanpy asks for.
const MIN_COMPS: usize = 3;

/// Cells in diffusion space.
#[derive(Debug, Clone, PartialEq)]
pub struct DiffusionSpace {
    /// Eigenvalues of the transition matrix, from the greatest down (`uns["diffmap_evals"]`).
    pub eigenvalues: Vec<f64>,
    /// Eigenvectors of unit length (`obsm["X_diffmap"]`), the entry farthest from 0 positive.
    ///
    /// # Shapes
    /// `[n_obs × n_comps]`, row after row. Each connected part of the graph has one constant component
    /// of eigenvalue 1, that of the largest part first.
    pub components: Vec<f64>,
    /// The connected part of the graph that each cell lies in.
    pub parts: Vec<u32>,
    /// Connected parts of the graph.
    pub n_parts: usize,
    /// The greatest |T v − λ v| over all components.
    pub residual: f64,
}

impl DiffusionSpace {
    /// Number of cells.
    #[must_use]
    pub fn n_obs(&self) -> usize {
        self.parts.len()
    }

    /// Number of components.
    #[must_use]
    pub fn n_comps(&self) -> usize {
        self.eigenvalues.len()
    }

    /// Components of one cell.
    #[must_use]
    pub fn row(&self, cell: usize) -> &[f64] {
        &self.components[cell * self.n_comps()..(cell + 1) * self.n_comps()]
    }
}

/// Diffusion map (Coifman & Lafon 2006; Haghverdi et al. 2015) of a neighbour graph, scanpy's
/// `tl.diffmap`, to be driven with [`run`](Self::run).
///
/// Weights are divided by the degrees of both cells, so that the density of sampling does not count, and
/// then made a symmetric transition matrix; wanted are its eigenvectors of greatest |λ|.
#[derive(Debug)]
pub struct DiffusionMap {
    solver: Lanczos,
    parts: Vec<u32>,
    n_parts: usize,
}

impl DiffusionMap {
    /// Prepares the map.
    ///
    /// # Shapes
    /// `connectivities`: `[n_obs × n_obs]`, symmetric, as [`graph`](crate::graph) makes it. There are
    /// `n_obs - 1` components at most.
    ///
    /// # Errors
    /// If the graph is not of that form, a cell has no edge, `n_comps` is less than 3, or the graph
    /// falls into as many parts as there are components.
    pub fn new(
        connectivities: &CsrMatrix,
        n_comps: usize,
        seed: u64,
    ) -> Result<Self, AnalysisError> {
        graph::check(connectivities)?;
        let n_obs = connectivities.n_rows();
        if n_comps < MIN_COMPS {
            return Err(AnalysisError::setting("n_comps", "at least 3", n_comps));
        }
        if n_obs <= MIN_COMPS {
            let needed = MIN_COMPS + 1;
            return Err(AnalysisError::TooFewCells { step: "diffusion map", needed, found: n_obs });
        }
        let n_comps = n_comps.min(n_obs - 1);
        let (operator, roots) = transitions(connectivities)?;
        let (parts, n_parts) = label(connectivities);
        if n_parts >= n_comps {
            return Err(AnalysisError::GraphInParts { n_parts, n_comps });
        }
        let constant = constant_vectors(&roots, &parts, n_parts);
        Ok(Self { solver: Lanczos::new(operator, &constant, n_comps, seed), parts, n_parts })
    }

    /// Goes on until some `row_limit` rows of the matrix or its basis were visited; 100,000 take about
    /// 5 ms on one native core. The total is an estimate, since the solver stops by itself.
    ///
    /// # Errors
    /// If the eigenvectors did not converge.
    pub fn run(&mut self, row_limit: usize) -> Result<Progress, AnalysisError> {
        self.solver.run(row_limit)
    }

    /// The map.
    ///
    /// # Errors
    /// If it is taken before it is finished.
    pub fn finish(self) -> Result<DiffusionSpace, AnalysisError> {
        let Some(pairs) = self.solver.into_pairs() else {
            let message = "the map is taken before it is finished";
            return Err(AnalysisError::OutOfTurn { step: "diffusion map", message });
        };
        let mut space = DiffusionSpace {
            eigenvalues: pairs.values,
            components: pairs.vectors,
            parts: self.parts,
            n_parts: self.n_parts,
            residual: pairs.residual,
        };
        fix_signs(&mut space);
        Ok(space)
    }
}

/// The symmetric transition matrix, and the square roots of its stationary weights.
///
/// With degrees d and K = a_ij / (d_i d_j), whose rows add up to z_i², it is a_ij / (d_i z_i d_j z_j).
fn transitions(graph: &CsrMatrix) -> Result<(Operator, Vec<f64>), AnalysisError> {
    let n_obs = graph.n_rows();
    let mut degrees = Vec::with_capacity(n_obs);
    for cell in 0..n_obs {
        let weights = graph.row(cell).1;
        if weights.is_empty() {
            return Err(AnalysisError::CellWithoutEdge { cell });
        }
        degrees.push(weights.iter().map(|&weight| f64::from(weight)).sum::<f64>());
    }
    let root = |cell: usize| {
        let (others, weights) = graph.row(cell);
        let shares = others.iter().zip(weights);
        let sum: f64 = shares.map(|(&to, &weight)| f64::from(weight) / degrees[to as usize]).sum();
        (sum / degrees[cell]).sqrt()
    };
    let roots: Vec<f64> = (0..n_obs).map(root).collect();
    let scales = degrees.iter().zip(&roots).map(|(degree, root)| 1.0 / (degree * root)).collect();
    Ok((Operator { graph: graph.clone(), scales }, roots))
}

/// The eigenvector of eigenvalue 1 of each part, the largest part first.
fn constant_vectors(roots: &[f64], parts: &[u32], n_parts: usize) -> Vec<Vec<f64>> {
    let (mut sizes, mut squares) = (vec![0usize; n_parts], vec![0.0; n_parts]);
    for (&part, root) in parts.iter().zip(roots) {
        sizes[part as usize] += 1;
        squares[part as usize] += root * root;
    }
    let mut order: Vec<usize> = (0..n_parts).collect();
    order.sort_by_key(|&part| std::cmp::Reverse(sizes[part]));
    let vector = |part: usize| {
        let length = squares[part].sqrt();
        let entries = parts.iter().zip(roots);
        entries.map(|(&own, root)| if own as usize == part { root / length } else { 0.0 }).collect()
    };
    order.into_iter().map(vector).collect()
}

/// Of both signs of an eigenvector, the one whose entry farthest from 0 is positive.
fn fix_signs(space: &mut DiffusionSpace) {
    let n_comps = space.n_comps();
    let mut farthest = vec![0.0_f64; n_comps];
    for row in space.components.chunks_exact(n_comps) {
        for (far, &x) in farthest.iter_mut().zip(row) {
            if x.abs() > far.abs() {
                *far = x;
            }
        }
    }
    for row in space.components.chunks_exact_mut(n_comps) {
        for (x, far) in row.iter_mut().zip(&farthest) {
            *x *= far.signum();
        }
    }
}
