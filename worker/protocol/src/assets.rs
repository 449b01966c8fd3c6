use serde::{Deserialize, Serialize};

/// The static assets that the page was built with.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct AssetIndex {}
