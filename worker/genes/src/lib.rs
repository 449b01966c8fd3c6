//! Gene identifiers, their mapping, and the bundle of NCBI descriptions.
