use super::{Op, need};
use crate::batch::Recorder;
use crate::error::GpuError;
use crate::gpu::{Buffer, Weights};
use crate::registry;

/// A linear layer: `out = epilogue(a · weightsᵀ + bias)`.
///
/// # Shapes
/// `a`: `[m × k]`; `weights`: `[n × k]`, as in PyTorch's `Linear`; `bias`: `[n]`; `out`: `[m × n]`.
/// Any `m`, `n`, `k`; fastest where `k` and `n` are multiples of 4.
pub struct Matmul<'a> {
    /// The rows.
    pub a: &'a Buffer<f32>,
    /// The weights, in single or half precision; sums are in single precision either way.
    pub weights: &'a Weights,
    /// Added to every row.
    pub bias: Option<&'a Buffer<f32>>,
    /// What is done to the sums before they are stored.
    pub epilogue: Epilogue<'a>,
    /// The result.
    pub out: &'a Buffer<f32>,
    /// Rows of `a`.
    pub m: usize,
    /// Rows of `weights`.
    pub n: usize,
    /// Columns of both.
    pub k: usize,
}

/// What is done to `a · weightsᵀ + bias` before it is stored.
#[derive(Clone, Copy, Debug, Default)]
pub enum Epilogue<'a> {
    /// Nothing.
    #[default]
    None,
    /// `0.5 x (1 + erf(x / √2))`, the exact GELU of BERT.
    Gelu,
    /// A matrix `[m × n]` is added.
    Residual(&'a Buffer<f32>),
    /// `max(x, 0)`.
    Relu,
}

/// Parameters of the `matmul` kernels (`linear.wgsl`).
#[repr(C)]
#[derive(Clone, Copy, Debug, bytemuck::Pod, bytemuck::Zeroable)]
pub struct MatmulParams {
    m: u32,
    n: u32,
    k: u32,
    has_bias: u32,
    epilogue: u32,
    padding: [u32; 3],
}

/// Threads of a workgroup; each computes 8 × 4 results.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tile {
    /// Threads along the columns, 4 columns each.
    pub columns: u32,
    /// Threads along the rows, 8 rows each.
    pub rows: u32,
}

impl Tile {
    pub(crate) const ROWS: usize = 8;
    pub(crate) const COLUMNS: usize = 4;
    /// 64 × 64 results in 128 threads: small enough to fill a GPU from 2,000 tokens on.
    pub const DEFAULT: Self = Self { columns: 16, rows: 8 };
    /// The tiles that [`crate::Gpu::tune`] chooses from: 64 to 256 threads, at most 12 KiB of
    /// workgroup memory.
    pub const ALL: [Self; 5] = [
        Self::DEFAULT,
        Self { columns: 16, rows: 16 },
        Self { columns: 32, rows: 8 },
        Self { columns: 8, rows: 16 },
        Self { columns: 8, rows: 8 },
    ];

    pub(crate) fn constants(self) -> [(&'static str, u32); 2] {
        [("TILE_COLUMNS", self.columns), ("TILE_ROWS", self.rows)]
    }

    /// Workgroups for an `m × n` result.
    pub(crate) fn groups(self, m: usize, n: usize) -> [u32; 2] {
        let across = n.div_ceil(self.columns as usize * Self::COLUMNS);
        let down = m.div_ceil(self.rows as usize * Self::ROWS);
        [across as u32, down as u32]
    }
}

impl Op for Matmul<'_> {
    fn record(&self, recorder: &mut Recorder) -> Result<(), GpuError> {
        let (kernel, m, n, k) = ("matmul", self.m, self.n, self.k);
        need(kernel, "a", self.a.len(), m * k)?;
        need(kernel, "weights", self.weights.len(), n * k)?;
        need(kernel, "bias", self.bias.map_or(n, Buffer::len), n)?;
        need(kernel, "out", self.out.len(), m * n)?;
        let (epilogue, residual) = match self.epilogue {
            Epilogue::None => (0, None),
            Epilogue::Gelu => (1, None),
            Epilogue::Residual(residual) => (2, Some(residual)),
            Epilogue::Relu => (3, None),
        };
        need(kernel, "residual", residual.map_or(m * n, Buffer::len), m * n)?;
        let params = MatmulParams {
            m: m as u32,
            n: n as u32,
            k: k as u32,
            has_bias: self.bias.is_some().into(),
            epilogue,
            padding: [0; 3],
        };
        let operands = [
            Some(&self.a.raw),
            Some(self.weights.raw()),
            self.bias.map(|bias| &bias.raw),
            residual.map(|residual| &residual.raw),
            Some(&self.out.raw),
        ];
        let tile = recorder.tile();
        let mut constants = tile.constants().to_vec();
        let kernel = match (k % 4 == 0, self.weights.is_f16()) {
            (true, false) => &registry::matmul,
            (true, true) if recorder.uses_shader_f16() => &registry::matmul_shader_f16,
            (true, true) => &registry::matmul_f16,
            (false, f16) => {
                constants.push(("WEIGHTS_F16", f16.into()));
                &registry::matmul_any
            }
        };
        recorder.dispatch(kernel, &constants, &operands, &params, tile.groups(m, n))
    }

    fn cost(&self) -> f64 {
        2.0 * self.m as f64 * self.n as f64 * self.k as f64
    }
}
