"""Writes the cells and graphs that graph, Leiden, UMAP and trustworthiness are tested on.

Needs scanpy 1.11 (with umap-learn), and the data sets in $LEXICELL_SHARED or ../shared/data.

`<set>.npy` holds principal components as int16 `[n_obs × d]`: whole numbers, so that every
implementation finds exactly the same neighbours, ties going to the cell that comes first.
Distances are Euclidean, divided by SCALE. `<set>_connectivities_*.npy` is scanpy's graph of the
15 nearest cells, the cell itself counted.
"""

import os
from pathlib import Path

import numpy as np
import scanpy as sc
from scanpy.neighbors._connectivity import umap as scanpy_connectivities

HERE = Path(__file__).parent
SHARED = Path(os.environ.get("LEXICELL_SHARED", HERE.parents[2].parent / "shared" / "data"))
SCALE = 100.0
N_NEIGHBORS = 15


def principal_components(file, n_comps, counts):
    adata = sc.read_h5ad(SHARED / "sc" / file)
    if "X_pca" in adata.obsm:
        return adata.obsm["X_pca"][:, :n_comps]
    if counts:
        sc.pp.normalize_total(adata, target_sum=1e4)
        sc.pp.log1p(adata)
    if adata.n_vars > 2000:
        sc.pp.highly_variable_genes(adata, n_top_genes=2000)
        adata = adata[:, adata.var["highly_variable"]].copy()
    sc.pp.scale(adata, max_value=10)
    sc.pp.pca(adata, n_comps=n_comps, svd_solver="full")
    return adata.obsm["X_pca"]


def quantise(components):
    rounded = np.clip(np.round(components * SCALE), -32767, 32767)
    return np.ascontiguousarray(rounded, dtype="<i2")


def neighbors(points, n_neighbors=N_NEIGHBORS):
    """Indices and distances with the cell itself in the first column."""
    points = points.astype(np.int64)
    squares = (points**2).sum(1)
    indices, distances = [], []
    for row in range(len(points)):
        squared = squares + squares[row] - 2 * (points @ points[row])
        squared[row] = -1
        order = np.argsort(squared, kind="stable")[:n_neighbors]
        squared[row] = 0
        indices.append(order)
        distances.append(np.sqrt(squared[order].astype(np.float64)) / SCALE)
    return np.array(indices, dtype=np.int32), np.array(distances, dtype=np.float32)


def repeated_points():
    """Two far groups with repeated cells, and more repeats of one cell than it has neighbours."""
    rng = np.random.default_rng(5)
    left = rng.normal(0, 300, size=(60, 4))
    right = rng.normal(0, 300, size=(60, 4)) + 20000
    return np.vstack([left, left[:15], np.repeat(left[:1], 20, 0), right]).round().astype("<i2")


def connectivities(points):
    indices, distances = neighbors(points)
    return scanpy_connectivities(indices, distances, n_obs=len(points), n_neighbors=N_NEIGHBORS)


def main():
    sets = {
        "pbmc68k": quantise(principal_components("10x_pbmc68k_reduced.h5ad", 50, False)),
        "pbmc3k": quantise(principal_components("human_pbmc3k_seurat_2638x13714.h5ad", 30, False)),
        "cortex": quantise(principal_components("mouse_MOp_DOT_dedup_11444x500.h5ad", 12, True)),
        "repeated": repeated_points(),
    }
    for name, points in sets.items():
        np.save(HERE / f"{name}.npy", points)
        print(name, points.shape, np.abs(points).max())
    for name in ["pbmc68k", "repeated"]:
        graph = connectivities(sets[name]).tocsr()
        graph.sort_indices()
        np.save(HERE / f"{name}_connectivities_indptr.npy", graph.indptr.astype("<u2"))
        np.save(HERE / f"{name}_connectivities_indices.npy", graph.indices.astype("<u2"))
        np.save(HERE / f"{name}_connectivities_data.npy", graph.data.astype("<f4"))


if __name__ == "__main__":
    main()
