//! Fetches and builds what the page serves: gene bundles, models, gene vectors, cell types, demo data.
//!
//! Everything comes from the [`manifest`], each asset from the first of its alternatives that works,
//! and lands in a folder of content-hashed files with an `index.json` beside them.

pub mod build;
pub mod bundles;
pub mod demos;
mod error;
pub mod fetch;
pub mod manifest;
pub mod model;
pub mod ncbi;
pub mod ontology;
pub mod output;
pub mod parts;
pub mod registry;
pub mod store;
pub mod table;
pub mod vectors;

pub use error::{AssetError, Result};
