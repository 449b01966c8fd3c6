use super::{Neighbors, Progress};
use crate::cpu::{EMPTY_INDEX, EMPTY_SIMILARITY, knn_tile, l2_normalize, offer, topk_merge};

/// Rows of a block: a tile of 256 × 256 similarities stays in the second-level cache.
const BLOCK: usize = 256;
/// Numbers that are compared with a threshold together.
const LANES: usize = 16;

/// Exact cosine neighbours on the CPU: tiles of a matrix product, pruned by each row's worst
/// neighbour so far.
///
/// Within one set of rows every pair of blocks is multiplied once and serves both ways.
pub struct CpuKnn {
    references: Vec<f32>,
    /// None: the references are the queries.
    queries: Option<Vec<f32>>,
    d: usize,
    n_queries: usize,
    n_references: usize,
    found: Neighbors,
    tile: Vec<f32>,
    /// The next tile's first query and first reference.
    next: (usize, usize),
    done: u64,
}

impl CpuKnn {
    /// Each row's `k` nearest other rows; fewer where there are not so many rows.
    ///
    /// # Shapes
    /// `data`: `[n × d]`, of any length: the rows are scaled to unit length. A row of zeros has the
    /// similarity 0 to every row. A similarity that is not a number is never chosen: places that
    /// stay empty hold [`EMPTY_INDEX`].
    pub fn new(data: Vec<f32>, d: usize, k: usize) -> Self {
        Self::start(data, None, d, k)
    }

    /// The `k` references nearest to each query.
    ///
    /// # Shapes
    /// `references`: `[n_references × d]`; `queries`: `[n_queries × d]`.
    pub fn between(references: Vec<f32>, queries: Vec<f32>, d: usize, k: usize) -> Self {
        Self::start(references, Some(queries), d, k)
    }

    fn start(mut references: Vec<f32>, mut queries: Option<Vec<f32>>, d: usize, k: usize) -> Self {
        let d = d.max(1);
        l2_normalize(&mut references, d);
        queries.iter_mut().for_each(|queries| l2_normalize(queries, d));
        let n_references = references.len() / d;
        let n_queries = queries.as_ref().map_or(n_references, |queries| queries.len() / d);
        let others = if queries.is_some() { n_references } else { n_references.saturating_sub(1) };
        let k = k.min(others);
        let places = n_queries * k;
        let found = Neighbors {
            k,
            indices: vec![EMPTY_INDEX; places],
            similarities: vec![EMPTY_SIMILARITY; places],
        };
        let (tile, next, done) = (Vec::new(), (0, 0), 0);
        Self { references, queries, d, n_queries, n_references, found, tile, next, done }
    }

    /// Computes at most `limit` tiles of 256 × 256 pairs.
    pub fn run(&mut self, limit: usize) -> Progress {
        for _ in 0..limit {
            if self.found.k == 0 || self.next.0 >= self.n_queries {
                self.done = self.total();
                break;
            }
            self.compute_tile();
        }
        self.progress()
    }

    /// How far the search is.
    pub fn progress(&self) -> Progress {
        Progress { done: self.done, total: self.total() }
    }

    /// The neighbours found; all of them once [`CpuKnn::run`] has told that it is done.
    pub fn into_neighbors(self) -> Neighbors {
        self.found
    }

    fn total(&self) -> u64 {
        self.n_queries as u64 * self.n_references as u64
    }

    fn compute_tile(&mut self) {
        let (query, reference) = self.next;
        let last_query = self.n_queries.min(query + BLOCK);
        let last_reference = self.n_references.min(reference + BLOCK);
        let d = self.d;
        let queries = self.queries.as_ref().unwrap_or(&self.references);
        self.tile.resize((last_query - query) * (last_reference - reference), 0.0);
        let references = &self.references[reference * d..last_reference * d];
        knn_tile(&queries[query * d..last_query * d], references, d, &mut self.tile);
        self.merge_rows(query, reference, last_reference - reference);
        let mirrored = self.queries.is_none() && query != reference;
        if mirrored {
            self.merge_columns(query, reference..last_reference);
        }
        self.done += self.tile.len() as u64 * if mirrored { 2 } else { 1 };
        self.advance(query, last_query, last_reference);
    }

    fn advance(&mut self, query: usize, last_query: usize, last_reference: usize) {
        self.next = if last_reference < self.n_references {
            (query, last_reference)
        } else if self.queries.is_none() {
            (last_query, last_query)
        } else {
            (last_query, 0)
        };
    }

    /// Offers the tile's columns to its rows.
    fn merge_rows(&mut self, first_row: usize, first_column: usize, n_columns: usize) {
        let k = self.found.k;
        let own = self.queries.is_none();
        for (i, row) in self.tile.chunks_exact(n_columns).enumerate() {
            let query = first_row + i;
            let list = query * k..(query + 1) * k;
            let similarities = &mut self.found.similarities[list.clone()];
            let indices = &mut self.found.indices[list];
            for (chunk, start) in row.chunks(LANES).zip((first_column..).step_by(LANES)) {
                let worst = similarities[k - 1];
                if !chunk.iter().fold(false, |any, &x| any | (x >= worst)) {
                    continue;
                }
                for (&similarity, reference) in chunk.iter().zip(start..) {
                    if similarity >= similarities[k - 1] && !(own && reference == query) {
                        offer(similarity, reference as u32, similarities, indices);
                    }
                }
            }
        }
    }

    /// Offers the tile's rows to its columns.
    fn merge_columns(&mut self, first_row: usize, columns: std::ops::Range<usize>) {
        let k = self.found.k;
        let lists = columns.start * k..columns.end * k;
        topk_merge(
            &self.tile,
            columns.len(),
            first_row as u32,
            None,
            k,
            &mut self.found.similarities[lists.clone()],
            &mut self.found.indices[lists],
        );
    }
}
