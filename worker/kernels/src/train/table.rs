use crate::batch::Batch;
use crate::error::GpuError;
use crate::gpu::{Buffer, Gpu};
use crate::ops::GatherRows;

/// Bytes of one block at most, where the device binds as much.
const BLOCK_BYTES: u64 = 128 << 20;

/// Rows on the device, in blocks that a kernel can bind.
pub(super) struct Table {
    blocks: Vec<Buffer<f32>>,
    rows_per_block: usize,
    n_rows: usize,
    d: usize,
}

impl Table {
    pub(super) fn upload(gpu: &Gpu, data: &[f32], d: usize) -> Result<Self, GpuError> {
        let d = d.max(1);
        let bytes = gpu.info().max_binding.min(BLOCK_BYTES) as usize;
        let rows_per_block = (bytes / (size_of::<f32>() * d)).max(1);
        let n_rows = data.len() / d;
        let blocks = data[..n_rows * d].chunks(rows_per_block * d).map(|rows| gpu.upload(rows));
        Ok(Self { blocks: blocks.collect::<Result<_, _>>()?, rows_per_block, n_rows, d })
    }

    pub(super) fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// All rows in one buffer, and their length.
    pub(super) fn whole(&self) -> Result<(&Buffer<f32>, usize), GpuError> {
        match &self.blocks[..] {
            [block] => Ok((block, self.d)),
            blocks => Err(GpuError::Unsupported {
                kernel: "pooling in training",
                setting: "blocks of the table",
                found: blocks.len(),
                supported: "one",
            }),
        }
    }

    /// Records the copying of `n` rows; each block has those that it holds.
    pub(super) fn gather(
        &self,
        batch: &mut Batch,
        rows: &Buffer<u32>,
        n: usize,
        out: &Buffer<f32>,
    ) -> Result<(), GpuError> {
        for (i, block) in self.blocks.iter().enumerate() {
            batch.run(&GatherRows {
                table: block,
                first: i * self.rows_per_block,
                n_table: block.len() / self.d,
                rows: Some(rows),
                out,
                n_rows: n,
                d: self.d,
            })?;
        }
        Ok(())
    }
}
