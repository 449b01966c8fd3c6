//! The neighbour graph and what is computed on it, against scanpy, leidenalg, umap-learn and scikit-learn;
//! and k-means on the same cells.
//!
//! Golden files and their generators: `tests/golden/{graph,kmeans,leiden,umap}`.

mod edges;
mod fixtures;
mod graph;
mod kmeans;
mod leiden;
mod trustworthiness;
mod umap;
