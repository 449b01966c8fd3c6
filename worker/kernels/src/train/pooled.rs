use super::SparseRows;
use super::table::Table;
use crate::batch::Batch;
use crate::error::GpuError;
use crate::gpu::{Buffer, Gpu};
use crate::ops::{L2Normalize, SparsePool};

/// Entries that there is room for at the least.
const LEAST_ENTRIES: usize = 1 << 14;

/// Room on the device for rows that are pooled there.
#[derive(Default)]
pub(super) struct Pooled {
    buffers: Option<Buffers>,
}

struct Buffers {
    indptr: Buffer<u32>,
    indices: Buffer<u32>,
    weights: Buffer<f32>,
}

impl Pooled {
    /// Writes the rows and records their pooling: unit rows in `out`, `[n × d]`.
    pub(super) fn record(
        &mut self,
        (gpu, batch): (&Gpu, &mut Batch),
        rows: SparseRows<'_>,
        (table, capacity): (&Table, usize),
        out: &Buffer<f32>,
    ) -> Result<usize, GpuError> {
        let n_rows = rows.indptr.len().saturating_sub(1);
        // A batch of which nothing was left is no batch.
        if n_rows == 0 {
            return Ok(0);
        }
        let (table, d) = table.whole()?;
        let Buffers { indptr, indices, weights } = self.room(gpu, capacity, rows.indices.len())?;
        gpu.write(indptr, 0, rows.indptr)?;
        gpu.write(indices, 0, rows.indices)?;
        gpu.write(weights, 0, rows.weights)?;
        batch.run(&SparsePool { indptr, indices, weights, table, out, n_rows, d })?;
        batch.run(&L2Normalize { rows: out, n_rows, d })?;
        Ok(n_rows)
    }

    fn room(&mut self, gpu: &Gpu, rows: usize, entries: usize) -> Result<&Buffers, GpuError> {
        let has_room = |buffers: &Buffers| buffers.indices.len() >= entries;
        let buffers = match self.buffers.take().filter(has_room) {
            Some(buffers) => buffers,
            None => {
                let entries = entries.next_power_of_two().max(LEAST_ENTRIES);
                Buffers {
                    indptr: gpu.alloc(rows + 1)?,
                    indices: gpu.alloc(entries)?,
                    weights: gpu.alloc(entries)?,
                }
            }
        };
        Ok(self.buffers.insert(buffers))
    }
}
