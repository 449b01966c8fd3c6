"""Writes cells that already have a layout, as h5ad: what the map draws, with hardly any expression behind it.

    python make_map.py OUT.h5ad N_CELLS

20 types of unequal size, each a cloud of its own shape in obsm/X_umap; 20 genes with a few counts. Seeded.
"""

import sys

from pathlib import Path

import h5py
import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))
from make_cells import frame  # noqa: E402

N_GENES, N_TYPES = 20, 20


def layout(rng, kinds):
    """A layout as UMAP draws them: dense clouds with some cells between them."""
    middles = rng.uniform(-10.0, 10.0, (N_TYPES, 2))
    spread = rng.uniform(0.2, 1.0, (N_TYPES, 2))
    return (middles[kinds] + rng.normal(0.0, 1.0, (len(kinds), 2)) * spread[kinds]).astype(np.float32)


def main():
    out, n_cells = sys.argv[1], int(sys.argv[2])
    rng = np.random.default_rng(n_cells)
    weights = np.geomspace(1.0, 30.0, N_TYPES)
    kinds = rng.choice(N_TYPES, n_cells, p=weights / weights.sum())
    # Two counts in every cell: a gene of its type and any other.
    indices = np.sort(np.stack([kinds % N_GENES, (kinds + rng.integers(1, N_GENES, n_cells)) % N_GENES], axis=1), axis=1)
    with h5py.File(out, "w") as file:
        file.attrs.update({"encoding-type": "anndata", "encoding-version": "0.1.0"})
        x = file.create_group("X")
        shape = np.array([n_cells, N_GENES], np.int64)
        x.attrs.update({"encoding-type": "csr_matrix", "encoding-version": "0.1.0", "shape": shape})
        x.create_dataset("indptr", data=np.arange(0, 2 * n_cells + 1, 2, dtype=np.int64))
        x.create_dataset("indices", data=indices.astype(np.int32).ravel())
        x.create_dataset("data", data=rng.integers(1, 9, 2 * n_cells).astype(np.float32))
        frame(file, "obs", [f"cell{at}" for at in range(n_cells)], {"type": [f"type {kind + 1}" for kind in kinds]})
        genes = ["CD3D", "CD3E", "MS4A1", "CD79A", "NKG7", "GNLY", "LYZ", "CD14", "FCGR3A", "PPBP"]
        genes += ["CD8A", "CD4", "IL7R", "CCR7", "S100A8", "S100A9", "HLA-DRA", "CST3", "FCER1A", "GZMB"]
        frame(file, "var", genes, {})
        obsm = file.create_group("obsm")
        obsm.create_dataset("X_umap", data=layout(rng, kinds))
    print(f"{n_cells} cells with a layout")


if __name__ == "__main__":
    main()
