//! Draws the cells, with wgpu on an OffscreenCanvas or by a CPU rasteriser.
