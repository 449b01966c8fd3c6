use std::ops::Range;

/// Orthonormal vectors side by side, `[n × capacity]`: one row after the other, so that work on them can
/// stop at any row.
#[derive(Debug)]
pub(super) struct Basis {
    rows: Vec<f64>,
    capacity: usize,
    /// Vectors that are there.
    pub(super) size: usize,
    /// Room for a row that is being rotated.
    spare: Vec<f64>,
}

impl Basis {
    /// The given vectors, and room for more.
    pub(super) fn new(vectors: &[Vec<f64>], n: usize, capacity: usize) -> Self {
        let mut rows = vec![0.0; n * capacity];
        for (at, vector) in vectors.iter().enumerate() {
            let column = rows.iter_mut().skip(at).step_by(capacity);
            column.zip(vector).for_each(|(place, &x)| *place = x);
        }
        Self { rows, capacity, size: vectors.len(), spare: vec![0.0; capacity] }
    }

    /// Entries of all vectors in one row.
    pub(super) fn row(&self, row: usize) -> &[f64] {
        &self.rows[self.own(row)]
    }

    /// Writes an entry of the vector after the last, which joins when `size` grows.
    pub(super) fn write(&mut self, row: usize, entry: f64) {
        self.rows[row * self.capacity + self.size] = entry;
    }

    /// Replaces one row by its product with `rotation`, `[size × kept]`, row after row.
    pub(super) fn rotate(&mut self, row: usize, rotation: &[f64], kept: usize) {
        let own = self.own(row);
        let spare = &mut self.spare[..kept];
        spare.fill(0.0);
        for (&entry, coefficients) in self.rows[own.clone()].iter().zip(rotation.chunks(kept)) {
            add_scaled(spare, entry, coefficients);
        }
        self.rows[own.start..own.start + kept].copy_from_slice(spare);
    }

    /// The vectors, row after row.
    pub(super) fn into_vectors(self) -> Vec<f64> {
        let (size, capacity) = (self.size, self.capacity);
        self.rows.chunks_exact(capacity).flat_map(|row| &row[..size]).copied().collect()
    }

    fn own(&self, row: usize) -> Range<usize> {
        row * self.capacity..row * self.capacity + self.size
    }
}

/// Adds a multiple of a vector.
pub(super) fn add_scaled(sum: &mut [f64], factor: f64, vector: &[f64]) {
    sum.iter_mut().zip(vector).for_each(|(sum, x)| *sum += factor * x);
}

/// The dot product, up to the shorter length.
pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    // Four sums side by side let the compiler use SIMD.
    let n = a.len().min(b.len());
    let mut sums = [0.0; 4];
    let (a_chunks, a_rest) = a[..n].as_chunks::<4>();
    let (b_chunks, b_rest) = b[..n].as_chunks::<4>();
    for (a, b) in a_chunks.iter().zip(b_chunks) {
        for lane in 0..4 {
            sums[lane] += a[lane] * b[lane];
        }
    }
    let rest: f64 = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
    sums.iter().sum::<f64>() + rest
}
