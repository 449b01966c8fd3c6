//! Contrastive refinement against PyTorch, central differences and its own promises.

mod component_views;
mod files;
#[path = "../cell_scores/golden.rs"]
#[allow(dead_code, reason = "shared with the tests of scores, which read more of it")]
mod golden;
mod gradients;
mod honesty;
mod joint;
mod reference;
mod refusals;
mod sets;
mod training;
mod views;
