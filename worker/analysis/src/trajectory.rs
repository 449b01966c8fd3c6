//! Along which path cells change: diffusion map, pseudotime, the graph of the clusters, trends.

mod correlation;
mod diffmap;
mod gene_trends;
mod lanczos;
mod paga;
mod pseudotime;
mod trends;

pub use diffmap::{DiffusionMap, DiffusionSpace, N_COMPS};
pub use gene_trends::{GeneTrend, GeneTrends};
pub use paga::{MAX_GROUPS, PagaGraph, cells_on, paga, path};
pub use pseudotime::{N_DCS, medoid, pseudotime};
pub use trends::{TimeBins, Trend};
