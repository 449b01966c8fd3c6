use lexicell_kernels::cpu::gemm::{Gemm, Operand};

use crate::rng::SplitMix64;

/// Differences of two sets under many permutations at once, in one pass over the cells.
///
/// Each permutation draws as many cells as the smaller set has, without replacement, by selection
/// sampling (Knuth, TAOCP 2, algorithm S): no list of labels is ever held.
#[derive(Debug)]
pub(super) struct Null {
    n: usize,
    rng: SplitMix64,
    /// Cells that each permutation still has to draw, and cells that are left.
    needed: Vec<usize>,
    left: usize,
    drawn: Vec<usize>,
    sizes: [usize; 2],
    /// `[slots × n]`: weights of the drawn cells, added up.
    sums: Vec<f32>,
    /// `[n × d]`: the difference of the means in the text space.
    differences: Vec<f32>,
    products: Gemm,
}

impl Null {
    /// `sizes`: cells to draw, and cells in all.
    pub(super) fn new(n: usize, seed: u64, sizes: [usize; 2], d: usize) -> Self {
        Self {
            n,
            rng: SplitMix64::new(seed),
            needed: vec![sizes[0]; n],
            left: sizes[1],
            drawn: Vec::new(),
            sizes,
            sums: Vec::new(),
            differences: vec![0.0; n * d],
            products: Gemm::default(),
        }
    }

    /// Deals one cell, whose genes have the given slots.
    pub(super) fn deal(&mut self, genes: impl Iterator<Item = (usize, f64)>) {
        self.drawn.clear();
        for (permutation, needed) in self.needed.iter_mut().enumerate() {
            if *needed > 0 && self.rng.below(self.left) < *needed {
                *needed -= 1;
                self.drawn.push(permutation);
            }
        }
        self.left -= 1;
        for (slot, weight) in genes {
            let end = (slot + 1) * self.n;
            if self.sums.len() < end {
                self.sums.resize(end, 0.0);
            }
            let sums = &mut self.sums[end - self.n..end];
            self.drawn.iter().for_each(|&permutation| sums[permutation] += weight as f32);
        }
    }

    /// Adds the genes of slots from `first` on, with their whole sums and their vectors.
    ///
    /// # Shapes
    /// `totals`: `[genes]`; `vectors`: `[genes × d]`.
    pub(super) fn pool(&mut self, first: usize, totals: &[f64], vectors: &[f32]) {
        let (n, d) = (self.n, vectors.len() / totals.len().max(1));
        let [drawn, all] = self.sizes.map(|size| size as f64);
        let rows = &mut self.sums[first * n..(first + totals.len()) * n];
        for (row, total) in rows.chunks_exact_mut(n.max(1)).zip(totals) {
            for sum in row {
                let own = f64::from(*sum);
                *sum = (own / drawn - (total - own) / (all - drawn)) as f32;
            }
        }
        let (a, b) = (Operand::Transposed(&*rows, n), Operand::Rows(vectors, d));
        self.products.product([n, d, totals.len()], a, b, (&mut self.differences, d), true);
    }

    /// Length of the difference under each permutation.
    pub(super) fn lengths(&self) -> Vec<f64> {
        let d = self.differences.len() / self.n.max(1);
        let length = |row: &[f32]| row.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>().sqrt();
        self.differences.chunks_exact(d.max(1)).map(length).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_permutation_draws_its_number_and_every_cell_as_often() {
        let mut null = Null::new(2000, 3, [3, 10], 1);
        for cell in 0..10 {
            null.deal([(cell, 1.0)].into_iter());
        }
        assert!(null.needed.iter().all(|&needed| needed == 0));
        for cell in 0..10 {
            let drawn: f32 = null.sums[cell * 2000..(cell + 1) * 2000].iter().sum();
            assert!((drawn / 2000.0 - 0.3).abs() < 0.05, "{cell} {drawn}");
        }
        // One gene of weight 1 in every cell: no permutation sets the sets apart.
        let mut null = Null::new(5, 3, [3, 10], 2);
        (0..10).for_each(|_| null.deal([(0, 1.0)].into_iter()));
        null.pool(0, &[10.0], &[0.6, 0.8]);
        assert!(null.lengths().iter().all(|&length| length < 1e-6));
    }
}
