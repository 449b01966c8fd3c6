//! The encoder against transformers and against itself; golden files and their generator in `tests/golden/encoder`.

mod golden;
mod gpu;
mod reference;
