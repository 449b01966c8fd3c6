//! Contrastive refinement of cell embeddings (P2): a projection head trained on labels, on views of
//! the cells, or on both.
//!
//! [`Training`] fits a [`Refiner`] on training cells only: the centring, the head and the early stopping
//! see no other. Forward and backward pass are derived by hand in [`network`], for f32 (the fast
//! products of the kernels) and for f64 (gradients against central differences).

mod adamw;
mod archive;
mod augmented;
mod batches;
mod checkpoint;
mod classifier;
mod component_views;
mod course;
mod cross_entropy;
mod gene_rows;
mod head;
pub mod head_file;
mod inputs;
pub mod joint;
pub mod network;
mod nt_xent;
mod on_gpu;
mod options;
mod pairs;
mod pooled_views;
mod real;
mod refiner;
mod schedule;
mod split;
mod stream;
mod supcon;
mod training;
mod triplet;
mod validation;
mod views;

pub use adamw::AdamW;
pub use classifier::Classifier;
pub use component_views::ComponentViews;
pub use course::{EpochLoss, TrainingEnd};
pub use gene_rows::GeneRows;
pub use head::{Head, HeadShape, Layer};
pub use on_gpu::{GpuTraining, Refusal};
pub use options::{Augment, Objective, TrainOptions};
pub use pooled_views::PooledViews;
pub use real::Real;
pub use refiner::Refiner;
pub use schedule::learning_rate;
pub use training::{Refined, Training};
pub use views::ViewSource;
