//! What is computed on cells: pooling, PCA, neighbours, clusters, UMAP and evaluation.
