use lexicell_matrix::{CsrMatrix, MISSING_CODE};

use crate::AnalysisError;

/// Groups that a graph of groups is made of at most; more cannot be read in a drawing.
pub const MAX_GROUPS: usize = 2000;

/// How strongly groups of cells are connected, over what chance would give.
#[derive(Debug, Clone, PartialEq)]
pub struct PagaGraph {
    /// Number of groups.
    pub n_groups: usize,
    /// Cells of each group.
    pub sizes: Vec<u32>,
    /// Edges between two groups over the number that is expected at random, at most 1
    /// (`uns["paga"]["connectivities"]`).
    ///
    /// # Shapes
    /// `[n_groups × n_groups]`, row after row, symmetric, zeros on the diagonal.
    pub connectivities: Vec<f64>,
    /// The spanning tree of strongest connections, as pairs of groups, the lesser first, with their
    /// connectivity (`uns["paga"]["connectivities_tree"]`).
    ///
    /// Groups that are not connected are joined by no edge: then it is a forest.
    pub tree: Vec<(u32, u32, f64)>,
}

impl PagaGraph {
    /// Connectivity of two groups.
    #[must_use]
    pub fn connectivity(&self, a: u32, b: u32) -> f64 {
        self.connectivities[a as usize * self.n_groups + b as usize]
    }
}

/// Partition-based graph abstraction (Wolf et al. 2019), scanpy's `tl.paga` with `model = "v1.2"`.
///
/// Counted are the directed edges from each cell to its nearest neighbours, not their weights: scanpy
/// reads `obsp["distances"]`, [`Neighbors::to_distances`](crate::Neighbors::to_distances), and so a
/// distance of 0 counts, too. Cells without a group, and their edges, are left out.
///
/// # Shapes
/// `distances`: `[n_obs × n_obs]`; `groups`: `n_obs` codes below `n_groups`, or [`MISSING_CODE`].
///
/// # Errors
/// If sizes disagree, a code has no group, or there are more than [`MAX_GROUPS`] groups.
pub fn paga(
    distances: &CsrMatrix,
    groups: &[u32],
    n_groups: usize,
) -> Result<PagaGraph, AnalysisError> {
    check(distances, groups, n_groups)?;
    let mut sizes = vec![0u32; n_groups];
    let mut edges = vec![0.0; n_groups * n_groups];
    for (cell, &group) in groups.iter().enumerate().filter(|&(_, &group)| group != MISSING_CODE) {
        sizes[group as usize] += 1;
        for &other in distances.row(cell).0 {
            let to = groups[other as usize];
            // An edge from a cell to itself says nothing about groups, but counts as scanpy counts it.
            if to != MISSING_CODE {
                edges[group as usize * n_groups + to as usize] += 1.0;
            }
        }
    }
    let connectivities = connectivities(&sizes, &edges);
    let tree = spanning_tree(&connectivities, n_groups);
    Ok(PagaGraph { n_groups, sizes, connectivities, tree })
}

/// Groups on the way from one to another along the tree, both ends named; `None` if there is no way or
/// no such group.
#[must_use]
pub fn path(graph: &PagaGraph, from: u32, to: u32) -> Option<Vec<u32>> {
    let n_groups = graph.n_groups as u32;
    if from >= n_groups || to >= n_groups {
        return None;
    }
    let mut neighbors = vec![Vec::new(); graph.n_groups];
    for &(a, b, _) in &graph.tree {
        neighbors[a as usize].push(b);
        neighbors[b as usize].push(a);
    }
    // From the end to the start, so that the way is read off in order.
    let mut next = vec![None; graph.n_groups];
    let mut stack = vec![to];
    next[to as usize] = Some(to);
    while let Some(group) = stack.pop() {
        for &other in &neighbors[group as usize] {
            if next[other as usize].is_none() {
                next[other as usize] = Some(group);
                stack.push(other);
            }
        }
    }
    let (mut way, mut at) = (vec![from], from);
    while at != to {
        at = next[at as usize]?;
        way.push(at);
    }
    Some(way)
}

/// Cells whose group lies on a way, in rising order: those of one branch.
///
/// # Shapes
/// `way`: as [`path`] gives it; `groups`: one code for each cell.
#[must_use]
pub fn cells_on(way: &[u32], groups: &[u32]) -> Vec<u32> {
    let cells = (0_u32..).zip(groups).filter(|(_, group)| way.contains(group));
    cells.map(|(cell, _)| cell).collect()
}

fn check(distances: &CsrMatrix, groups: &[u32], n_groups: usize) -> Result<(), AnalysisError> {
    let (expected, found) = (distances.n_rows(), distances.n_cols());
    if expected != found {
        return Err(AnalysisError::Shape { what: "columns of the graph", expected, found });
    }
    if groups.len() != expected {
        let found = groups.len();
        return Err(AnalysisError::Shape { what: "groups of cells", expected, found });
    }
    if n_groups > MAX_GROUPS {
        return Err(AnalysisError::setting("groups", format!("at most {MAX_GROUPS}"), n_groups));
    }
    let outside = |&&group: &&u32| group != MISSING_CODE && group as usize >= n_groups;
    match groups.iter().find(outside) {
        Some(&group) => {
            let (index, len) = (group as usize, n_groups);
            Err(AnalysisError::IndexOutOfRange { what: "groups of cells", index, len })
        }
        None => Ok(()),
    }
}

/// Edges between two groups over those of a random graph in which every cell keeps its number of
/// edges: ε_i n_j / (n − 1) from the one and ε_j n_i / (n − 1) from the other.
fn connectivities(sizes: &[u32], edges: &[f64]) -> Vec<f64> {
    let n = sizes.len();
    let n_cells: f64 = sizes.iter().map(|&size| f64::from(size)).sum();
    let out: Vec<f64> =
        (0..n).map(|group| edges[group * n..(group + 1) * n].iter().sum()).collect();
    let mut connectivities = vec![0.0; n * n];
    for a in 0..n {
        for b in (0..n).filter(|&b| b != a) {
            let found = edges[a * n + b] + edges[b * n + a];
            if found > 0.0 {
                let expected = out[a] * f64::from(sizes[b]) + out[b] * f64::from(sizes[a]);
                connectivities[a * n + b] = (found / (expected / (n_cells - 1.0))).min(1.0);
            }
        }
    }
    connectivities
}

/// Kruskal's tree (1956) of least 1 / connectivity; of equal edges the first by its groups is taken.
fn spanning_tree(connectivities: &[f64], n: usize) -> Vec<(u32, u32, f64)> {
    let mut edges = Vec::new();
    for a in 0..n {
        for b in a + 1..n {
            if connectivities[a * n + b] > 0.0 {
                edges.push((a as u32, b as u32, connectivities[a * n + b]));
            }
        }
    }
    edges.sort_by(|x, y| y.2.total_cmp(&x.2));
    let mut trees: Vec<usize> = (0..n).collect();
    let mut kept = Vec::with_capacity(n.saturating_sub(1));
    for (a, b, weight) in edges {
        let (one, other) = (root(&mut trees, a as usize), root(&mut trees, b as usize));
        if one != other {
            trees[one] = other;
            kept.push((a, b, weight));
        }
    }
    kept.sort_by_key(|&(a, b, _)| (a, b));
    kept
}

fn root(trees: &mut [usize], mut at: usize) -> usize {
    while trees[at] != at {
        trees[at] = trees[trees[at]];
        at = trees[at];
    }
    at
}
