//! Diffusion map, pseudotime, PAGA and trends, against scanpy and SciPy, and on paths that are known.
//!
//! Golden files and their generator: `tests/golden/trajectory`.

mod diffmap;
#[path = "../cell_graph/edges.rs"]
mod edges;
mod fixtures;
mod paga;
mod pseudotime;
mod trends;
