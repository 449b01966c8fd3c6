use lexicell_matrix::{CsrMatrix, DenseMatrix};
use ndarray::Array2;

use crate::eigen::symmetric;

/// Up to this many parts stand on the axes, as in umap-learn.
const MAX_ON_AXES: usize = 4;
/// With more parts than this the spiral is used: a dense eigenproblem of that size takes a second.
const MAX_CENTROIDS: usize = 256;
/// The angle between two leaves of a sunflower.
const GOLDEN_ANGLE: f64 = 2.399_963_229_728_653;

/// A connected part of the graph.
#[derive(Debug)]
pub(super) struct Component {
    /// Its cells, in rising order.
    pub(super) cells: Vec<u32>,
    /// Their edges, scaled to D^-1/2 A D^-1/2.
    pub(super) graph: NormalizedGraph,
}

/// The matrix D^-1/2 A D^-1/2 of a connected graph, whose greatest eigenvalue is 1.
#[derive(Debug, Default)]
pub(super) struct NormalizedGraph {
    indptr: Vec<usize>,
    indices: Vec<u32>,
    weights: Vec<f32>,
    /// The eigenvector of eigenvalue 1, of unit length.
    pub(super) stationary: Vec<f32>,
}

impl NormalizedGraph {
    /// Number of cells.
    pub(super) fn len(&self) -> usize {
        self.stationary.len()
    }

    /// Product with a vector.
    pub(super) fn multiply(&self, vector: &[f32], product: &mut Vec<f32>) {
        product.clear();
        product.extend(self.indptr.windows(2).map(|range| {
            let range = range[0]..range[1];
            let pairs = self.indices[range.clone()].iter().zip(&self.weights[range]);
            pairs.map(|(&other, &weight)| weight * vector[other as usize]).sum::<f32>()
        }));
    }
}

/// The connected parts of a graph, in the order of their first cells.
pub(super) fn split(graph: &CsrMatrix) -> Vec<Component> {
    let (labels, n_components) = label(graph);
    let mut cells = vec![Vec::new(); n_components];
    // Where each cell stands within its part.
    let mut places = Vec::with_capacity(labels.len());
    for (cell, &label) in labels.iter().enumerate() {
        places.push(cells[label as usize].len() as u32);
        cells[label as usize].push(cell as u32);
    }
    cells.into_iter().map(|cells| extract(graph, cells, &places)).collect()
}

/// The connected part of each cell, numbered by their first cells, and how many there are.
pub(crate) fn label(graph: &CsrMatrix) -> (Vec<u32>, usize) {
    let mut labels = vec![u32::MAX; graph.n_rows()];
    let (mut n_labels, mut stack) = (0, Vec::new());
    for start in 0..graph.n_rows() {
        if labels[start] != u32::MAX {
            continue;
        }
        labels[start] = n_labels;
        stack.push(start);
        while let Some(cell) = stack.pop() {
            for &other in graph.row(cell).0 {
                if labels[other as usize] == u32::MAX {
                    labels[other as usize] = n_labels;
                    stack.push(other as usize);
                }
            }
        }
        n_labels += 1;
    }
    (labels, n_labels as usize)
}

fn extract(graph: &CsrMatrix, cells: Vec<u32>, places: &[u32]) -> Component {
    let roots: Vec<f64> = cells.iter().map(|&cell| degree(graph, cell as usize).sqrt()).collect();
    let length = roots.iter().map(|root| root * root).sum::<f64>().sqrt().max(f64::MIN_POSITIVE);
    let mut normalized = NormalizedGraph {
        stationary: roots.iter().map(|root| (root / length) as f32).collect(),
        ..Default::default()
    };
    normalized.indptr.push(0);
    for (&cell, root) in cells.iter().zip(&roots) {
        let (others, weights) = graph.row(cell as usize);
        for (&other, &weight) in others.iter().zip(weights) {
            let place = places[other as usize];
            normalized.indices.push(place);
            normalized.weights.push((f64::from(weight) / (root * roots[place as usize])) as f32);
        }
        normalized.indptr.push(normalized.indices.len());
    }
    Component { cells, graph: normalized }
}

fn degree(graph: &CsrMatrix, cell: usize) -> f64 {
    graph.row(cell).1.iter().map(|&weight| f64::from(weight)).sum()
}

/// Where the centre of each part goes.
pub(super) fn centers(components: &[Component], data: Option<&DenseMatrix>) -> Vec<[f32; 2]> {
    let n = components.len();
    match data {
        _ if n == 1 => vec![[0.0; 2]],
        _ if n <= MAX_ON_AXES => {
            let half = n.div_ceil(2);
            let on_axis = |at: usize| {
                let sign = if at < half { 1.0 } else { -1.0 };
                if at.is_multiple_of(half) { [sign, 0.0] } else { [0.0, sign] }
            };
            (0..n).map(on_axis).collect()
        }
        Some(data) if n <= MAX_CENTROIDS => by_centroids(components, data),
        _ => (0..n).map(spiral).collect(),
    }
}

fn spiral(at: usize) -> [f32; 2] {
    let (radius, angle) = ((at as f64).sqrt(), at as f64 * GOLDEN_ANGLE);
    [(radius * angle.cos()) as f32, (radius * angle.sin()) as f32]
}

/// The first two principal components of the centroids, from their matrix of dot products.
fn by_centroids(components: &[Component], data: &DenseMatrix) -> Vec<[f32; 2]> {
    let n = components.len();
    let mut centroids: Vec<Vec<f64>> =
        components.iter().map(|component| centroid(component, data)).collect();
    for column in 0..data.n_cols() {
        let mean = centroids.iter().map(|centroid| centroid[column]).sum::<f64>() / n as f64;
        centroids.iter_mut().for_each(|centroid| centroid[column] -= mean);
    }
    let product = |(a, b): (usize, usize)| -> f64 {
        centroids[a].iter().zip(&centroids[b]).map(|(x, y)| x * y).sum()
    };
    let pairs = symmetric(&Array2::from_shape_fn((n, n), product));
    let coordinate = |part: usize, axis: usize| {
        (pairs.vectors[[part, axis]] * pairs.values[axis].max(0.0).sqrt()) as f32
    };
    (0..n).map(|part| [coordinate(part, 0), coordinate(part, 1)]).collect()
}

fn centroid(component: &Component, data: &DenseMatrix) -> Vec<f64> {
    let mut sum = vec![0.0; data.n_cols()];
    for &cell in &component.cells {
        for (sum, &value) in sum.iter_mut().zip(data.row(cell as usize)) {
            *sum += f64::from(value);
        }
    }
    sum.iter_mut().for_each(|sum| *sum /= component.cells.len() as f64);
    sum
}
