"""Writes what scanpy's `tl.diffmap`, `tl.dpt` and `tl.paga` say on three neighbour graphs, and trends.

Needs scanpy 1.11 (with python-igraph and umap-learn), and the data sets in $LEXICELL_SHARED or
../shared/data.

`<set>_neighbors.npy`: the 14 nearest other cells, `[n_obs × 14]`; `<set>_connectivities_*.npy`: scanpy's
graph of them (for pbmc68k and repeated those in `../graph`). `<set>.json`: what scanpy computes from
them; infinite pseudotime is null. `repeated` falls into two parts. `branches` is made up: a stem of
known order that forks, twice. `trends.json`: 30 genes of pbmc68k, means and standard errors of ten bins
along pseudotime by NumPy, Spearman's correlation and Benjamini-Hochberg by SciPy.
"""

import json
import os
import sys
import warnings
from pathlib import Path

import anndata
import numpy as np
import pandas as pd
import scanpy as sc
import scipy.sparse as sp
import scipy.stats

HERE = Path(__file__).parent
SHARED = Path(os.environ.get("LEXICELL_SHARED", HERE.parents[2].parent / "shared" / "data"))
sys.path.insert(0, str(HERE.parent / "graph"))
from generate import connectivities, neighbors, repeated_points  # noqa: E402

N_COMPS = 15
N_DCS = 10
N_BINS = 10
N_GENES = 30
warnings.filterwarnings("ignore")


def branching_points():
    """A stem and two forks in eight dimensions, with noise; group, true time and coordinates."""
    rng = np.random.default_rng(11)
    corners = {"stem": 0, "left": 1, "right": 2, "right tip": 3, "right side": 4}
    start = {"stem": None, "left": "stem", "right": "stem", "right tip": "right", "right side": "right"}
    directions = rng.normal(size=(5, 8))
    directions = np.linalg.qr(directions.T)[0].T[:5] * 6
    sizes = {"stem": 120, "left": 120, "right": 100, "right tip": 80, "right side": 80}
    ends, begins, points, truth, groups = {}, {}, [], [], []
    for name, code in corners.items():
        origin, begin = (np.zeros(8), 0.0) if start[name] is None else ends[start[name]]
        along = np.sort(rng.uniform(size=sizes[name]))
        points.append(origin + along[:, None] * directions[code] + rng.normal(0, 0.35, (sizes[name], 8)))
        truth.append(begin + along)
        groups += [code] * sizes[name]
        ends[name] = (origin + directions[code], begin + 1.0)
    points, truth, groups = np.vstack(points), np.concatenate(truth), np.array(groups)
    order = rng.permutation(len(points))
    return (points[order] * 100).round().astype("<i2"), truth[order], groups[order]


def annotated(points, groups):
    """AnnData with scanpy's graph of the points."""
    indices, distances = neighbors(points)
    n_obs = len(points)
    adata = anndata.AnnData(np.zeros((n_obs, 1), dtype=np.float32))
    graph = connectivities(points).tocsr()
    graph.sort_indices()
    adata.obsp["connectivities"] = graph
    indptr = np.arange(0, n_obs * 14 + 1, 14)
    adata.obsp["distances"] = sp.csr_matrix(
        (distances[:, 1:].ravel(), indices[:, 1:].ravel(), indptr), shape=(n_obs, n_obs)
    )
    adata.uns["neighbors"] = {
        "connectivities_key": "connectivities",
        "distances_key": "distances",
        "params": {"n_neighbors": 15, "method": "umap"},
    }
    adata.obs["group"] = pd.Categorical(groups, categories=range(max(groups) + 1))
    return adata, indices[:, 1:]


def rounded(values, digits=8):
    return [float(f"{value:.{digits}g}") if np.isfinite(value) else None for value in values]


def of_scanpy(adata, root):
    sc.tl.diffmap(adata, n_comps=N_COMPS)
    adata.uns["iroot"] = root
    sc.tl.dpt(adata, n_dcs=N_DCS)
    sc.tl.paga(adata, groups="group")
    dense = adata.uns["paga"]["connectivities"].toarray()
    tree = adata.uns["paga"]["connectivities_tree"].tocoo()
    edges = zip(tree.row.tolist(), tree.col.tolist(), rounded(tree.data))
    return {
        "groups": [int(code) for code in adata.obs["group"].cat.codes],
        "n_groups": len(adata.obs["group"].cat.categories),
        "eigenvalues": rounded(adata.uns["diffmap_evals"]),
        "components": rounded(adata.obsm["X_diffmap"].ravel(), 6),
        "root": root,
        "pseudotime": rounded(adata.obs["dpt_pseudotime"]),
        "connectivities": rounded(dense.ravel()),
        "tree": sorted([min(a, b), max(a, b), weight] for a, b, weight in edges),
    }


def trends(pseudotime, groups):
    raw = sc.read_h5ad(SHARED / "sc" / "10x_pbmc68k_reduced.h5ad").raw.to_adata()
    expressed = np.asarray((raw.X > 0).sum(axis=0)).ravel()
    genes = np.argsort(-expressed, kind="stable")[:: len(expressed) // N_GENES][:N_GENES]
    values = np.asarray(raw[:, genes].X.todense(), dtype=np.float32)
    cells = np.flatnonzero(np.isin(groups, [1, 2, 4, 7]))
    ordered = cells[np.argsort(pseudotime[cells], kind="stable")]
    starts = [bin * len(ordered) // N_BINS for bin in range(N_BINS + 1)]
    bins = [ordered[start:end] for start, end in zip(starts, starts[1:])]
    found = []
    for column in values.T.astype(np.float64):
        correlation, p_value = scipy.stats.spearmanr(column[cells], pseudotime[cells])
        found.append(
            {
                "mean": rounded([column[cells].mean() for cells in bins]),
                "standard_error": rounded([scipy.stats.sem(column[cells]) for cells in bins]),
                "correlation": None if np.isnan(correlation) else float(correlation),
                "p_value": None if np.isnan(p_value) else float(p_value),
            }
        )
    tested = [gene for gene in found if gene["p_value"] is not None]
    adjusted = scipy.stats.false_discovery_control([gene["p_value"] for gene in tested])
    for gene, q_value in zip(tested, adjusted):
        gene["q_value"] = float(q_value)
    return {
        "cells": cells.tolist(),
        "pseudotime": pseudotime.tolist(),
        "n_bins": N_BINS,
        "times": [float(pseudotime[cells].mean()) for cells in bins],
        "n_genes": N_GENES,
        "values": [float(f"{value:.6g}") for value in values.ravel()],
        "genes": found,
    }


def write(name, golden):
    (HERE / f"{name}.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")


def main():
    pbmc = np.load(HERE.parent / "graph" / "pbmc68k.npy")
    labels = sc.read_h5ad(SHARED / "sc" / "10x_pbmc68k_reduced.h5ad").obs["bulk_labels"]
    branches, truth, codes = branching_points()
    repeated = repeated_points()
    sets = {
        "pbmc68k": (pbmc, labels.cat.codes.to_numpy().astype(int), 3),
        "repeated": (repeated, np.arange(len(repeated)) // 26, 0),
        "branches": (branches, codes, int(np.argmin(truth))),
    }
    for name, (points, groups, root) in sets.items():
        adata, indices = annotated(points, groups)
        golden = of_scanpy(adata, root)
        if name == "branches":
            golden["truth"] = rounded(truth)
            graph = adata.obsp["connectivities"]
            np.save(HERE / f"{name}_connectivities_indptr.npy", graph.indptr.astype("<u2"))
            np.save(HERE / f"{name}_connectivities_indices.npy", graph.indices.astype("<u2"))
            np.save(HERE / f"{name}_connectivities_data.npy", graph.data.astype("<f4"))
        np.save(HERE / f"{name}_neighbors.npy", indices.astype("<u2"))
        write(name, golden)
        pseudotime = adata.obs["dpt_pseudotime"].to_numpy().astype(np.float64)
        print(name, len(points), golden["eigenvalues"], np.isinf(pseudotime).sum(), golden["tree"])
        if name == "branches":
            print("order:", scipy.stats.spearmanr(pseudotime, truth).statistic)
        if name == "pbmc68k":
            write("trends", trends(pseudotime, groups))


if __name__ == "__main__":
    main()
