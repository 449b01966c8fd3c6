use super::Gpu;
use crate::error::GpuError;
use crate::ops::{Epilogue, Matmul, Tile};
use crate::registry;

/// Sizes of the product that is timed: a batch of BERT tokens through a feed-forward layer.
const SHAPE: [usize; 3] = [2048, 1536, 384];
const REPEATS: usize = 4;

/// How the matrix products run on a device; found once by [`Gpu::tune`], worth keeping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tuning {
    /// The threads of a workgroup.
    pub tile: Tile,
    /// Weights in half precision stay so in workgroup memory (needs `shader-f16`).
    pub shader_f16: bool,
}

impl Gpu {
    /// How the matrix products run.
    pub fn tuning(&self) -> Tuning {
        Tuning { tile: self.tile(), shader_f16: self.uses_shader_f16() }
    }

    /// Sets how the matrix products run, as an earlier [`Gpu::tune`] on this adapter found it.
    pub fn set_tuning(&self, tuning: Tuning) {
        self.inner.tile.set(tuning.tile);
        self.use_shader_f16(tuning.shader_f16);
    }

    /// Finds out how the matrix products run fastest here; `now` tells seconds.
    ///
    /// No tile is best everywhere: a fixed one costs a fifth on average and half at worst (measured
    /// on four GPUs by llama.cpp, pull request 22241). Software adapters are not timed: they keep
    /// what they have.
    ///
    /// # Errors
    /// The device failed or was lost.
    pub async fn tune(&self, now: impl Fn() -> f64) -> Result<Tuning, GpuError> {
        if self.info().is_software {
            return Ok(self.tuning());
        }
        self.tune_for(SHAPE, now).await
    }

    /// Times every tile of [`Tile::ALL`], and the 16-bit kernel where it is on offer and right, on
    /// a product of the sizes `[m, n, k]`, and keeps the fastest.
    ///
    /// # Errors
    /// The device failed or was lost.
    pub async fn tune_for(
        &self,
        shape: [usize; 3],
        now: impl Fn() -> f64,
    ) -> Result<Tuning, GpuError> {
        let before = self.tuning();
        let found = self.fastest(shape, &now).await;
        self.set_tuning(*found.as_ref().unwrap_or(&before));
        found
    }

    pub(crate) fn tile(&self) -> Tile {
        self.inner.tile.get()
    }

    pub(crate) fn uses_shader_f16(&self) -> bool {
        self.inner.shader_f16.get()
    }

    pub(crate) fn use_shader_f16(&self, wanted: bool) {
        self.inner.shader_f16.set(wanted && self.has_f16());
    }

    async fn fastest(
        &self,
        [m, n, k]: [usize; 3],
        now: &impl Fn() -> f64,
    ) -> Result<Tuning, GpuError> {
        let sixteen_bits =
            self.has_f16() && self.self_test_of(&[&registry::matmul_shader_f16]).await?.passed();
        let (a, out) = (self.alloc::<f32>(m * k)?, self.alloc::<f32>(m * n)?);
        let weights = self.upload_f16(&vec![0; n * k])?;
        let (bias, epilogue) = (None, Epilogue::None);
        let product = Matmul { a: &a, weights: &weights, bias, epilogue, out: &out, m, n, k };
        let mut best = (f64::MAX, self.tuning());
        for tile in Tile::ALL {
            for shader_f16 in [false, true] {
                if shader_f16 && !sixteen_bits {
                    continue;
                }
                self.set_tuning(Tuning { tile, shader_f16 });
                self.time(&product, 1, now).await?; // compiles
                let seconds = self.time(&product, REPEATS, now).await?;
                if seconds < best.0 {
                    best = (seconds, self.tuning());
                }
            }
        }
        Ok(best.1)
    }

    async fn time(
        &self,
        product: &Matmul<'_>,
        repeats: usize,
        now: &impl Fn() -> f64,
    ) -> Result<f64, GpuError> {
        let start = now();
        let mut batch = self.batch();
        for _ in 0..repeats {
            batch.run(product)?;
        }
        batch.submit()?;
        self.read(product.out, ..1).await?;
        Ok(now() - start)
    }
}
