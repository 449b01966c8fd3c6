//! The house, as `cargo metadata` sees it: who may import whom.
