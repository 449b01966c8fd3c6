//! WGSL kernels, each with its CPU twin.
