//! What is computed on cells: pooling, PCA, neighbours, clusters, UMAP and evaluation.
//!
//! One step, one module. A long step is a struct whose `run(limit)` does a bounded piece of work and
//! returns a [`Progress`]; everything random takes a `seed`, and the CPU path is bit-reproducible.

mod eigen;
mod error;
mod gamma;
mod neighbors;
mod progress;

pub mod agreement;
pub mod attribution;
pub mod axis;
pub mod centering;
pub mod class_order;
pub mod classify;
pub mod comparison;
pub mod contrastive;
pub mod duplicates;
pub mod enrichment;
pub mod evaluation;
pub mod false_discovery;
pub mod folds;
pub mod gene_table;
pub mod genes_in_classes;
pub mod graph;
pub mod hvg;
pub mod kmeans;
pub mod knn;
pub mod leiden;
pub mod logistic;
pub mod markers;
pub mod metrics;
pub mod normalize;
pub mod pca;
pub mod plane;
pub mod pool;
pub mod purity;
pub mod query;
pub mod reliability;
pub mod rng;
pub mod score;
pub mod silhouette;
pub mod spectral;
pub mod split;
pub mod state;
pub mod student;
pub mod trajectory;
pub mod transfer;
pub mod trustworthiness;
pub mod umap;
pub mod unit;
pub mod whitening;

pub use error::AnalysisError;
pub use neighbors::Neighbors;
pub use progress::Progress;
