//! HDF5 files: opening them, and recognising their layout.

pub(crate) mod attributes;
pub(crate) mod columns;
pub(crate) mod container;
pub(crate) mod dataset;
pub(crate) mod dense;
mod filters;
mod layout;
pub(crate) mod loader;
mod lzf;
pub(crate) mod matrix;
pub(crate) mod numbers;
pub(crate) mod parts;
pub(crate) mod records;
pub(crate) mod sparse;
mod storage;
mod text;

pub(crate) use layout::{genomes, has_signature, refuse, sniff};

/// The eight bytes that every HDF5 superblock starts with.
pub(crate) const SIGNATURE: &[u8] = b"\x89HDF\r\n\x1a\n";
