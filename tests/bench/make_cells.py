"""Writes a synthetic data set of 20,000 cells x 2,000 genes as h5ad: 12 types, gamma-Poisson counts.

    python make_cells.py OUT.h5ad [N_CELLS]

Types are of unequal size (largest about ten times the smallest). Each has 60 marker genes of its own and shares
40 with the other types of its lineage (three lineages); one cell in ten is on its way to the next type. Genes'
base levels and cells' depths are log-normal, the dispersion is 0.5. About 8 % of the entries are non-zero.
Seeded: always the same file.
"""

import sys

import h5py
import numpy as np

N_GENES, N_TYPES, N_LINEAGES = 2000, 12, 3
DISPERSION = 0.5
MEAN_DEPTH = 250.0


def profiles(rng):
    """Expected share of each gene for each type."""
    base = rng.lognormal(0.0, 1.5, N_GENES)
    shares = np.tile(base, (N_TYPES, 1))
    for lineage in range(N_LINEAGES):
        genes = rng.choice(N_GENES, 40, replace=False)
        shares[np.ix_(range(lineage, N_TYPES, N_LINEAGES), genes)] *= rng.uniform(2.0, 8.0, 40)
    for kind in range(N_TYPES):
        genes = rng.choice(N_GENES, 60, replace=False)
        shares[kind, genes] *= rng.uniform(2.0, 10.0, 60)
    return shares / shares.sum(axis=1, keepdims=True)


def counts(rng, shares, kinds):
    """CSR parts of the counts, a block of cells at a time."""
    indptr, indices, data = [np.zeros(1, np.int64)], [], []
    for block in np.array_split(kinds, max(1, len(kinds) // 1000)):
        depth = MEAN_DEPTH * rng.lognormal(0.0, 0.4, (len(block), 1))
        between = np.where(rng.random((len(block), 1)) < 0.1, rng.random((len(block), 1)) / 2, 0.0)
        mean = depth * ((1.0 - between) * shares[block] + between * shares[(block + 1) % N_TYPES])
        dense = rng.poisson(rng.gamma(1.0 / DISPERSION, DISPERSION * mean))
        rows, columns = np.nonzero(dense)
        indptr.append(indptr[-1][-1] + np.cumsum(np.bincount(rows, minlength=len(block))))
        indices.append(columns.astype(np.int32))
        data.append(dense[rows, columns].astype(np.float32))
    return np.concatenate(indptr), np.concatenate(indices), np.concatenate(data)


def strings(group, name, values):
    made = group.create_dataset(name, data=np.array(values, dtype=object), dtype=h5py.string_dtype())
    made.attrs.update({"encoding-type": "string-array", "encoding-version": "0.2.0"})


def frame(file, name, index, columns):
    group = file.create_group(name)
    strings(group, "_index", index)
    for column, values in columns.items():
        strings(group, column, values)
    order = np.array(list(columns), dtype=h5py.string_dtype())
    group.attrs.update({"encoding-type": "dataframe", "encoding-version": "0.2.0", "_index": "_index", "column-order": order})


def main():
    out = sys.argv[1]
    n_cells = int(sys.argv[2]) if len(sys.argv) > 2 else 20_000
    rng = np.random.default_rng(20_000)
    weights = np.geomspace(1.0, 10.0, N_TYPES)
    kinds = rng.choice(N_TYPES, n_cells, p=weights / weights.sum())
    indptr, indices, data = counts(rng, profiles(rng), kinds)
    with h5py.File(out, "w") as file:
        file.attrs.update({"encoding-type": "anndata", "encoding-version": "0.1.0"})
        x = file.create_group("X")
        shape = np.array([n_cells, N_GENES], np.int64)
        x.attrs.update({"encoding-type": "csr_matrix", "encoding-version": "0.1.0", "shape": shape})
        for name, values in (("indptr", indptr), ("indices", indices), ("data", data)):
            x.create_dataset(name, data=values, chunks=True, compression="gzip", compression_opts=1)
        cells = [f"cell{at}" for at in range(n_cells)]
        frame(file, "obs", cells, {"type": [f"type {kind + 1}" for kind in kinds]})
        frame(file, "var", [f"gene{at}" for at in range(N_GENES)], {})
    print(f"{n_cells} cells x {N_GENES} genes, {100 * len(data) / (n_cells * N_GENES):.1f} % of entries stored")


if __name__ == "__main__":
    main()
