//! Matrix products over packed operands (Goto and van de Geijn, "Anatomy of High-Performance Matrix
//! Multiplication", 2008): B lies in column panels, A in row panels, the tile runs down both.

mod tile;

use tile::LARGEST_TILE;
pub use tile::Tile;

/// Longest run of k between two visits to C; two panels of this length fit the first-level cache.
const K_BLOCK: usize = 512;

/// Rows of A that are packed together; a multiple of every tile's rows. With `K_BLOCK` columns they fit
/// the second-level cache.
const ROW_BLOCK: usize = 96;

/// A factor of a product: rows of a slice, `stride` numbers apart, or the transpose of them.
#[derive(Debug, Clone, Copy)]
pub enum Operand<'a, T = f32> {
    /// The rows as they lie.
    Rows(&'a [T], usize),
    /// Their transpose.
    Transposed(&'a [T], usize),
}

/// B of a product, `[k × n]`, as column panels `[n / columns][k][columns]` filled up with zeros.
#[derive(Debug, Clone, Default)]
pub struct PackedB {
    k: usize,
    n: usize,
    columns: usize,
    panels: Vec<f32>,
}

impl PackedB {
    /// Packs rows of Bᵀ, the layout of a PyTorch linear layer and of attention keys.
    ///
    /// # Shapes
    /// `transposed`: `[n × k]` with row stride `stride`.
    pub fn pack_transposed(
        &mut self,
        tile: Tile,
        transposed: &[f32],
        stride: usize,
        n: usize,
        k: usize,
    ) {
        let columns = tile.columns;
        self.reset(tile, n, k);
        for (panel, first) in (0..n).step_by(columns).enumerate() {
            let panel = &mut self.panels[panel * columns * k..][..columns * k];
            for column in 0..columns.min(n - first) {
                let row = &transposed[(first + column) * stride..][..k];
                row.iter()
                    .zip(panel[column..].iter_mut().step_by(columns))
                    .for_each(|(from, to)| *to = *from);
            }
        }
    }

    /// Packs rows of B, the layout of attention values.
    ///
    /// # Shapes
    /// `rows`: `[k × n]` with row stride `stride`.
    pub fn pack_rows(&mut self, tile: Tile, rows: &[f32], stride: usize, n: usize, k: usize) {
        let columns = tile.columns;
        self.reset(tile, n, k);
        for row in 0..k {
            let from = &rows[row * stride..][..n];
            for (panel, from) in from.chunks(columns).enumerate() {
                self.panels[(panel * k + row) * columns..][..from.len()].copy_from_slice(from);
            }
        }
    }

    /// Bytes held.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.panels.len() * size_of::<f32>()
    }

    fn reset(&mut self, tile: Tile, n: usize, k: usize) {
        (self.n, self.k, self.columns) = (n, k, tile.columns);
        let len = n.div_ceil(tile.columns) * tile.columns * k;
        if n.is_multiple_of(tile.columns) {
            // Every place is written by the packing: nothing to fill.
            self.panels.resize(len, 0.0);
        } else {
            self.panels.clear();
            self.panels.resize(len, 0.0);
        }
    }
}

/// Products on one tile, with the scratch that they need.
#[derive(Debug, Clone)]
pub struct Gemm {
    tile: Tile,
    a_panels: Vec<f32>,
    edge: Vec<f32>,
    b: PackedB,
}

impl Default for Gemm {
    fn default() -> Self {
        Self::new(Tile::detect())
    }
}

impl Gemm {
    /// Products on the given tile.
    #[must_use]
    pub fn new(tile: Tile) -> Self {
        Self { tile, a_panels: Vec::new(), edge: vec![0.0; LARGEST_TILE], b: PackedB::default() }
    }

    /// The tile that operands must be packed for.
    #[must_use]
    pub fn tile(&self) -> Tile {
        self.tile
    }

    /// `c = a · b`. Each row of `c` depends on its row of `a` alone, bit for bit, whatever `m` is.
    ///
    /// # Shapes
    /// `a`: `[m × k]` with row stride `lda`; `c`: `[m × n]` with row stride `ldc`.
    pub fn run(&mut self, m: usize, a: &[f32], lda: usize, b: &PackedB, c: &mut [f32], ldc: usize) {
        assert!(m == 0 || lda >= b.k);
        self.multiply(m, Operand::Rows(a, lda), b, c, ldc, false);
    }

    /// `c = a · b`, or `c += a · b` where `accumulate` is set, of factors that are not packed yet.
    ///
    /// # Shapes
    /// `a`: `[m × k]`; `b`: `[k × n]`, both as [`Operand`] reads them; `c`: `[m × n]` with row stride
    /// `ldc`.
    pub fn product(
        &mut self,
        [m, n, k]: [usize; 3],
        a: Operand<'_>,
        b: Operand<'_>,
        (c, ldc): (&mut [f32], usize),
        accumulate: bool,
    ) {
        if k == 0 {
            let rows = c.chunks_mut(ldc.max(1)).take(if accumulate { 0 } else { m });
            rows.for_each(|row| row[..n].fill(0.0));
            return;
        }
        let mut packed = std::mem::take(&mut self.b);
        match b {
            Operand::Rows(rows, stride) => packed.pack_rows(self.tile, rows, stride, n, k),
            Operand::Transposed(rows, stride) => {
                packed.pack_transposed(self.tile, rows, stride, n, k);
            }
        }
        self.multiply(m, a, &packed, c, ldc, accumulate);
        self.b = packed;
    }

    fn multiply(
        &mut self,
        m: usize,
        a: Operand<'_>,
        b: &PackedB,
        c: &mut [f32],
        ldc: usize,
        accumulate: bool,
    ) {
        if m == 0 || b.n == 0 {
            return;
        }
        assert!(ldc >= b.n && c.len() >= (m - 1) * ldc + b.n && b.columns == self.tile.columns);
        let k_block = b.k.div_ceil(b.k.div_ceil(K_BLOCK).max(1)).max(1);
        for k_start in (0..b.k).step_by(k_block) {
            let k = k_block.min(b.k - k_start);
            let accumulate = accumulate || k_start > 0;
            for first in (0..m).step_by(ROW_BLOCK) {
                let rows = ROW_BLOCK.min(m - first);
                self.pack_a(first, rows, a, k_start, k);
                let c = &mut c[first * ldc..];
                for (panel, column) in (0..b.n).step_by(self.tile.columns).enumerate() {
                    let b_panel = &b.panels[(panel * b.k + k_start) * self.tile.columns..]
                        [..k * self.tile.columns];
                    let columns = self.tile.columns.min(b.n - column);
                    self.column(rows, k, b_panel, &mut c[column..], ldc, columns, accumulate);
                }
            }
        }
    }

    /// One column panel of C.
    #[expect(
        clippy::too_many_arguments,
        reason = "the indices of one step of the product, private to it"
    )]
    fn column(
        &mut self,
        m: usize,
        k: usize,
        b_panel: &[f32],
        c: &mut [f32],
        ldc: usize,
        columns: usize,
        accumulate: bool,
    ) {
        let tile = self.tile;
        for (panel, row) in (0..m).step_by(tile.rows).enumerate() {
            let a_panel = &self.a_panels[panel * tile.rows * k..][..tile.rows * k];
            let rows = tile.rows.min(m - row);
            if rows == tile.rows && columns == tile.columns {
                let c = &mut c[row * ldc..][..(rows - 1) * ldc + columns];
                // SAFETY: the panels hold k × rows and k × columns numbers, c rows × columns at stride ldc.
                unsafe {
                    (tile.run)(
                        k,
                        a_panel.as_ptr(),
                        b_panel.as_ptr(),
                        c.as_mut_ptr(),
                        ldc,
                        accumulate,
                    )
                };
                continue;
            }
            let edge = &mut self.edge[..tile.rows * tile.columns];
            // SAFETY: as above, with `edge` as a whole tile in place of c.
            unsafe {
                (tile.run)(
                    k,
                    a_panel.as_ptr(),
                    b_panel.as_ptr(),
                    edge.as_mut_ptr(),
                    tile.columns,
                    false,
                )
            };
            for (from, to) in
                edge.chunks_exact(tile.columns).zip(c[row * ldc..].chunks_mut(ldc)).take(rows)
            {
                for (from, to) in from[..columns].iter().zip(to) {
                    *to = if accumulate { *to + *from } else { *from };
                }
            }
        }
    }

    /// Packs `m` rows and `k` columns of A as row panels `[m / rows][k][rows]`, filled up with zeros.
    fn pack_a(&mut self, first: usize, m: usize, a: Operand<'_>, k_start: usize, k: usize) {
        let tile_rows = self.tile.rows;
        self.a_panels.resize(m.div_ceil(tile_rows) * tile_rows * k, 0.0);
        for (panel, row) in (0..m).step_by(tile_rows).enumerate() {
            let panel = &mut self.a_panels[panel * tile_rows * k..][..tile_rows * k];
            let rows = tile_rows.min(m - row);
            if rows < tile_rows {
                panel.fill(0.0);
            }
            match a {
                Operand::Rows(a, lda) => {
                    for at in 0..rows {
                        let from = &a[(first + row + at) * lda + k_start..][..k];
                        from.iter()
                            .zip(panel[at..].iter_mut().step_by(tile_rows))
                            .for_each(|(from, to)| *to = *from);
                    }
                }
                Operand::Transposed(a, lda) => {
                    for (at, to) in panel.chunks_exact_mut(tile_rows).enumerate() {
                        let from = &a[(k_start + at) * lda + first + row..][..rows];
                        to[..rows].copy_from_slice(from);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(n: usize, seed: usize) -> Vec<f32> {
        (0..n).map(|i| (((i + seed) * 2_654_435_761) % 2_000) as f32 / 1_000.0 - 1.0).collect()
    }

    #[test]
    fn products_of_awkward_shapes_are_right() {
        for (m, n, k) in
            [(1, 1, 1), (5, 7, 3), (13, 33, 64), (12, 32, 513), (25, 40, 1_100), (96, 96, 32)]
        {
            for tile in [Tile::detect(), Tile::portable()] {
                let (a, rows) = (numbers(m * (k + 2), 1), numbers(k * n, 2));
                let transposed: Vec<f32> = (0..n * k).map(|i| rows[i % k * n + i / k]).collect();
                let (mut b, mut bt) = (PackedB::default(), PackedB::default());
                b.pack_rows(tile, &rows, n, n, k);
                bt.pack_transposed(tile, &transposed, k, n, k);
                assert_eq!(b.panels, bt.panels);
                let mut c = vec![9.0; m * (n + 1)];
                Gemm::new(tile).run(m, &a, k + 2, &b, &mut c, n + 1);
                for (i, j) in (0..m).flat_map(|i| (0..n).map(move |j| (i, j))) {
                    let term =
                        |x: usize| f64::from(a[i * (k + 2) + x]) * f64::from(rows[x * n + j]);
                    let expected: f64 = (0..k).map(term).sum();
                    assert!(
                        (f64::from(c[i * (n + 1) + j]) - expected).abs() < 2e-4,
                        "{m}×{n}×{k} at {i},{j}"
                    );
                }
                assert!(
                    (0..m).all(|i| c[i * (n + 1) + n] == 9.0),
                    "columns beyond n stay untouched"
                );
            }
        }
    }

    #[test]
    fn factors_are_read_as_they_lie_or_transposed() {
        for [m, n, k] in [[1, 1, 1], [100, 33, 7], [13, 64, 530], [200, 17, 96], [3, 4, 0]] {
            let (a, b) = (numbers(m * k, 5), numbers(k * n, 6));
            let turn = |x: &[f32], rows: usize, columns: usize| -> Vec<f32> {
                (0..rows * columns).map(|i| x[i % rows * columns + i / rows]).collect()
            };
            let (at, bt) = (turn(&a, m, k), turn(&b, k, n));
            let mut gemm = Gemm::default();
            let mut product = |a, b, start: f32, accumulate| {
                let mut c = vec![start; m * n];
                gemm.product([m, n, k], a, b, (&mut c, n), accumulate);
                c
            };
            let plain = product(Operand::Rows(&a, k), Operand::Rows(&b, n), 7.0, false);
            for a in [Operand::Rows(&a, k), Operand::Transposed(&at, m)] {
                for b in [Operand::Rows(&b, n), Operand::Transposed(&bt, k)] {
                    assert_eq!(product(a, b, 7.0, false), plain);
                    let sum = product(a, b, 1.0, true);
                    assert!(sum.iter().zip(&plain).all(|(s, p)| (s - p - 1.0).abs() < 1e-4));
                }
            }
            for (i, j) in (0..m).flat_map(|i| (0..n).map(move |j| (i, j))) {
                let term = |x: usize| f64::from(a[i * k + x]) * f64::from(b[x * n + j]);
                let expected: f64 = (0..k).map(term).sum();
                assert!((f64::from(plain[i * n + j]) - expected).abs() < 2e-4);
            }
        }
    }

    #[test]
    fn a_row_does_not_depend_on_its_neighbours() {
        let (m, n, k) = (29, 19, 700);
        let (a, rows) = (numbers(m * k, 3), numbers(k * n, 4));
        let mut gemm = Gemm::new(Tile::detect());
        let mut b = PackedB::default();
        b.pack_rows(gemm.tile, &rows, n, n, k);
        let (mut all, mut alone) = (vec![0.0; m * n], vec![0.0; n]);
        gemm.run(m, &a, k, &b, &mut all, n);
        for i in 0..m {
            gemm.run(1, &a[i * k..], k, &b, &mut alone, n);
            assert_eq!(all[i * n..][..n], alone, "row {i}");
        }
    }
}
