use ndarray::{Array2, ArrayView2, s};

use super::components::NormalizedGraph;
use crate::{eigen::symmetric, rng::SplitMix64};

/// Vectors that are wanted, one for each axis of the map.
const WANTED: usize = 2;
/// Basis vectors that are held at most; each takes as much memory as one axis of the map.
const MAX_BASIS: usize = 30;
/// Ritz vectors that are kept at a restart: more than are wanted, since close eigenvalues are slow.
const KEPT: usize = 10;
/// The residual at which umap-learn ends, too.
const TOLERANCE: f64 = 1e-4;
/// A remainder of this length is rounding: the basis spans all that can be reached.
const NOTHING: f64 = 1e-6;

/// Lanczos' method with thick restarts (Wu & Simon 2000) and full reorthogonalisation, for the greatest
/// eigenvalues of a normalised graph below 1.
#[derive(Debug)]
pub(super) struct Lanczos {
    basis: Vec<Vec<f32>>,
    /// The graph's matrix in that basis, `[MAX_BASIS × MAX_BASIS]`.
    projected: Array2<f64>,
    limit: usize,
    products: usize,
    max_products: usize,
    vectors: Option<Vec<[f32; 2]>>,
    product: Vec<f32>,
}

impl Lanczos {
    /// Starts from a random vector.
    pub(super) fn new(graph: &NormalizedGraph, max_products: usize, seed: u64) -> Self {
        let mut rng = SplitMix64::new(seed);
        let mut start: Vec<f32> = (0..graph.len()).map(|_| rng.normal() as f32).collect();
        remove(&mut start, &graph.stationary);
        remove(&mut start, &graph.stationary);
        let length = dot(&start, &start).sqrt();
        start.iter_mut().for_each(|x| *x = (f64::from(*x) / length) as f32);
        Self {
            basis: vec![start],
            projected: Array2::zeros((MAX_BASIS, MAX_BASIS)),
            limit: MAX_BASIS.min(graph.len() - 1),
            products: 0,
            max_products,
            vectors: None,
            product: Vec::new(),
        }
    }

    /// Extends the basis by one vector, and restarts or ends when it is full.
    pub(super) fn step(&mut self, graph: &NormalizedGraph) {
        let last = self.basis.len() - 1;
        graph.multiply(&self.basis[last], &mut self.product);
        self.products += 1;
        let mut product = std::mem::take(&mut self.product);
        for _ in 0..2 {
            remove(&mut product, &graph.stationary);
            for (at, vector) in self.basis.iter().enumerate() {
                let share = remove(&mut product, vector);
                self.projected[[at, last]] += share;
                if at != last {
                    self.projected[[last, at]] += share;
                }
            }
        }
        let length = dot(&product, &product).sqrt();
        let exhausted = self.products >= self.max_products;
        if self.basis.len() == self.limit || length < NOTHING || exhausted {
            self.close(product, length, exhausted);
        } else {
            product.iter_mut().for_each(|x| *x = (f64::from(*x) / length) as f32);
            self.basis.push(product);
        }
    }

    /// Whether the vectors were found, or work was given up.
    pub(super) fn is_done(&self) -> bool {
        self.vectors.is_some()
    }

    /// Products made so far.
    pub(super) fn products(&self) -> usize {
        self.products
    }

    /// The two vectors, given away.
    pub(super) fn take_vectors(&mut self) -> Vec<[f32; 2]> {
        self.vectors.take().unwrap_or_default()
    }

    /// Ends if the wanted vectors are good enough or nothing more can be done; restarts otherwise.
    fn close(&mut self, mut rest: Vec<f32>, length: f64, exhausted: bool) {
        let size = self.basis.len();
        let pairs = symmetric(&self.projected.slice(s![..size, ..size]).to_owned());
        let residual = |at: usize| (length * pairs.vectors[[size - 1, at]]).abs();
        let settled = (0..WANTED.min(size)).all(|at| residual(at) < TOLERANCE);
        let spanned = length < NOTHING || size < MAX_BASIS;
        let kept = if settled || spanned || exhausted { WANTED.min(size) } else { KEPT };
        let mut ritz = self.combine(pairs.vectors.view(), kept);
        if kept != KEPT {
            let coordinate =
                |at: usize, axis: usize| ritz.get(axis).map_or(0.0, |vector| vector[at]);
            let n = self.basis[0].len();
            self.vectors = Some((0..n).map(|at| [coordinate(at, 0), coordinate(at, 1)]).collect());
            self.basis.clear();
            return;
        }
        rest.iter_mut().for_each(|x| *x = (f64::from(*x) / length) as f32);
        ritz.push(rest);
        self.basis = ritz;
        self.projected.fill(0.0);
        for (at, &value) in pairs.values[..KEPT].iter().enumerate() {
            self.projected[[at, at]] = value;
        }
    }

    /// The first `count` Ritz vectors.
    fn combine(&self, vectors: ArrayView2<f64>, count: usize) -> Vec<Vec<f32>> {
        let combine_one = |at: usize| {
            let mut sum = vec![0.0; self.basis[0].len()];
            for (vector, &share) in self.basis.iter().zip(vectors.column(at)) {
                let share = share as f32;
                sum.iter_mut().zip(vector).for_each(|(sum, x)| *sum += share * x);
            }
            sum
        };
        (0..count).map(combine_one).collect()
    }
}

fn dot(a: &[f32], b: &[f32]) -> f64 {
    // Eight sums side by side let the compiler use SIMD, and round less than one.
    let mut sums = [0.0_f64; 8];
    let (a_chunks, a_rest) = a.as_chunks::<8>();
    let (b_chunks, b_rest) = b.as_chunks::<8>();
    for (a, b) in a_chunks.iter().zip(b_chunks) {
        for lane in 0..8 {
            sums[lane] += f64::from(a[lane]) * f64::from(b[lane]);
        }
    }
    let rest: f64 = a_rest.iter().zip(b_rest).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum();
    sums.iter().sum::<f64>() + rest
}

/// Makes a vector orthogonal to one of unit length; returns the share that was taken away.
fn remove(vector: &mut [f32], unit: &[f32]) -> f64 {
    let share = dot(vector, unit);
    let single = share as f32;
    vector.iter_mut().zip(unit).for_each(|(x, u)| *x -= single * u);
    share
}
