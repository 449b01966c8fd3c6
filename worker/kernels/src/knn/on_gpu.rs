use super::{Neighbors, Progress};
use crate::cpu::{EMPTY_INDEX, EMPTY_SIMILARITY};
use crate::error::GpuError;
use crate::gpu::{Buffer, Gpu};
use crate::ops::{KnnTile, L2Normalize, MAX_K, Op, TopkMerge};

/// Queries that are compared together.
const QUERIES: usize = 2048;
/// References in a tile at most: 32 MiB of similarities.
const REFERENCES: usize = 4096;
/// Bytes of one block of vectors at most, where the device binds as much.
const BLOCK_BYTES: u64 = 64 << 20;

/// Exact cosine neighbours on the GPU: tiles of a matrix product merged into running lists.
pub struct GpuKnn {
    gpu: Gpu,
    references: Rows,
    /// None: the references are the queries.
    queries: Option<Rows>,
    found: Neighbors,
    tile: Buffer<f32>,
    best_similarity: Buffer<f32>,
    best_index: Buffer<u32>,
    /// The first query of the group under way, and the next reference.
    next: (usize, usize),
    done: u64,
}

/// Unit vectors on the device, in blocks of equal size.
struct Rows {
    blocks: Vec<Buffer<f32>>,
    rows_per_block: usize,
    n: usize,
    /// Length of a row, padded with zeros to a multiple of 4.
    d: usize,
}

impl GpuKnn {
    /// Each row's `k` nearest other rows; fewer where there are not so many rows.
    ///
    /// # Shapes
    /// `data`: `[n × d]`, of any length: the rows are scaled to unit length.
    ///
    /// # Errors
    /// `k` above [`MAX_K`], or the device cannot hold the rows.
    pub fn new(gpu: &Gpu, data: &[f32], d: usize, k: usize) -> Result<Self, GpuError> {
        Self::start(gpu, data, None, d, k)
    }

    /// The `k` references nearest to each query.
    ///
    /// # Shapes
    /// `references`: `[n_references × d]`; `queries`: `[n_queries × d]`.
    ///
    /// # Errors
    /// As [`GpuKnn::new`].
    pub fn between(
        gpu: &Gpu,
        references: &[f32],
        queries: &[f32],
        d: usize,
        k: usize,
    ) -> Result<Self, GpuError> {
        Self::start(gpu, references, Some(queries), d, k)
    }

    fn start(
        gpu: &Gpu,
        references: &[f32],
        queries: Option<&[f32]>,
        d: usize,
        k: usize,
    ) -> Result<Self, GpuError> {
        let references = Rows::upload(gpu, references, d)?;
        let queries = queries.map(|queries| Rows::upload(gpu, queries, d)).transpose()?;
        let others = if queries.is_some() { references.n } else { references.n.saturating_sub(1) };
        let k = k.min(others);
        if k > MAX_K {
            let (kernel, supported) = ("topk_merge", "1 to 64");
            return Err(GpuError::Unsupported { kernel, setting: "k", found: k, supported });
        }
        let n_queries = queries.as_ref().unwrap_or(&references).n;
        let places = n_queries * k;
        let group = QUERIES.min(n_queries);
        Ok(Self {
            tile: gpu.alloc(group * REFERENCES.min(references.n))?,
            best_similarity: gpu.alloc(group * k)?,
            best_index: gpu.alloc(group * k)?,
            gpu: gpu.clone(),
            found: Neighbors {
                k,
                indices: vec![EMPTY_INDEX; places],
                similarities: vec![EMPTY_SIMILARITY; places],
            },
            references,
            queries,
            next: (0, 0),
            done: 0,
        })
    }

    /// Submits about `work` operations ([`crate::Pace::limit`]) and waits for them.
    ///
    /// # Errors
    /// The device is lost or failed; what was found so far is not to be used.
    pub async fn run(&mut self, work: f64) -> Result<Progress, GpuError> {
        let n_queries = self.queries().n;
        if self.found.k == 0 || self.next.0 >= n_queries {
            self.done = self.total();
            return Ok(self.progress());
        }
        let (first_query, mut reference) = self.next;
        let group = self.group(first_query);
        if reference == 0 {
            self.clear_lists(group)?;
        }
        let mut batch = self.gpu.batch();
        while reference < self.references.n && (batch.is_empty() || batch.cost() < work) {
            let n = self.tile_references(reference, group, work - batch.cost());
            let (product, merge) = self.tile(first_query, group, reference, n);
            batch.run(&product)?.run(&merge)?;
            reference += n;
        }
        self.done += (reference - self.next.1) as u64 * group as u64;
        batch.submit()?;
        if reference < self.references.n {
            self.next = (first_query, reference);
            self.gpu.read(&self.best_index, ..1).await?;
        } else {
            self.next = (first_query + group, 0);
            self.collect(first_query, group).await?;
        }
        Ok(self.progress())
    }

    /// How far the search is.
    pub fn progress(&self) -> Progress {
        Progress { done: self.done, total: self.total() }
    }

    /// The neighbours found; all of them once [`GpuKnn::run`] has told that it is done.
    pub fn into_neighbors(self) -> Neighbors {
        self.found
    }

    fn total(&self) -> u64 {
        self.queries().n as u64 * self.references.n as u64
    }

    fn queries(&self) -> &Rows {
        self.queries.as_ref().unwrap_or(&self.references)
    }

    /// Queries of the group that starts here: it stays within one block.
    fn group(&self, first_query: usize) -> usize {
        QUERIES.min(self.queries().left_in_block(first_query))
    }

    /// References of the next tile: within one block, the tile's buffer and the work left.
    fn tile_references(&self, reference: usize, group: usize, work: f64) -> usize {
        let per_reference = (2 * self.references.d + 20) as f64 * group as f64;
        let affordable = ((work / per_reference) as usize).next_multiple_of(64).max(64);
        REFERENCES.min(affordable).min(self.references.left_in_block(reference))
    }

    fn tile(
        &self,
        first_query: usize,
        n_queries: usize,
        first_reference: usize,
        n_references: usize,
    ) -> (impl Op + '_, impl Op + '_) {
        let (references, first_in_block) = self.references.at(first_reference);
        let (queries, first_query_in_block) = self.queries().at(first_query);
        let product = KnnTile {
            references,
            first_reference: first_in_block,
            n_references,
            queries,
            first_query: first_query_in_block,
            n_queries,
            d: self.references.d,
            out: &self.tile,
        };
        let merge = TopkMerge {
            similarities: &self.tile,
            n_queries,
            n_references,
            first_reference: first_reference as u32,
            first_query: self.queries.is_none().then_some(first_query as u32),
            k: self.found.k,
            best_similarity: &self.best_similarity,
            best_index: &self.best_index,
        };
        (product, merge)
    }

    fn clear_lists(&self, group: usize) -> Result<(), GpuError> {
        let places = group * self.found.k;
        self.gpu.write(&self.best_similarity, 0, &vec![EMPTY_SIMILARITY; places])?;
        self.gpu.write(&self.best_index, 0, &vec![EMPTY_INDEX; places])
    }

    async fn collect(&mut self, first_query: usize, group: usize) -> Result<(), GpuError> {
        let k = self.found.k;
        let similarities = self.gpu.start_read(&self.best_similarity, ..group * k)?;
        let indices = self.gpu.start_read(&self.best_index, ..group * k)?;
        let places = first_query * k..(first_query + group) * k;
        self.found.similarities[places.clone()].copy_from_slice(&similarities.finish().await?);
        self.found.indices[places].copy_from_slice(&indices.finish().await?);
        Ok(())
    }
}

impl Rows {
    fn upload(gpu: &Gpu, data: &[f32], d: usize) -> Result<Self, GpuError> {
        let d = d.max(1);
        let padded = d.next_multiple_of(4);
        let bytes = gpu.info().max_binding.min(BLOCK_BYTES);
        let rows_per_block = (bytes as usize / (4 * padded)).max(1);
        let mut blocks = Vec::new();
        let mut batch = gpu.batch();
        for rows in data[..data.len() / d * d].chunks(rows_per_block * d) {
            let block =
                if padded == d { gpu.upload(rows)? } else { gpu.upload(&pad(rows, d, padded))? };
            batch.run(&L2Normalize { rows: &block, n_rows: rows.len() / d, d: padded })?;
            blocks.push(block);
        }
        batch.submit()?;
        Ok(Self { blocks, rows_per_block, n: data.len() / d, d: padded })
    }

    /// The block that holds a row, and the row's place in it.
    fn at(&self, row: usize) -> (&Buffer<f32>, usize) {
        (&self.blocks[row / self.rows_per_block], row % self.rows_per_block)
    }

    fn left_in_block(&self, row: usize) -> usize {
        (self.rows_per_block - row % self.rows_per_block).min(self.n - row)
    }
}

fn pad(rows: &[f32], d: usize, padded: usize) -> Vec<f32> {
    let mut out = vec![0.0; rows.len() / d * padded];
    for (out, row) in out.chunks_exact_mut(padded).zip(rows.chunks_exact(d)) {
        out[..d].copy_from_slice(row);
    }
    out
}
