"""Golden values for worker/analysis/src/transfer/expression.rs.

    python tests/golden/transfer/generate.py

Needs numpy, scikit-learn, anndata and scanpy. The counts are synthetic: two data sets of three types
that share some of their genes, in another order, on another scale, with other proportions of types.
The pipeline is that of scanpy's `tl.ingest` (PCA of the reference, the query projected), but each side
is centred on its own mean and neighbours are those by cosine.
"""

import json
import warnings
from pathlib import Path

import anndata
import numpy as np
import scanpy as sc
from sklearn.decomposition import PCA
from sklearn.neighbors import NearestNeighbors
from sklearn.preprocessing import normalize

HERE = Path(__file__).resolve().parent
N_GENES, N_SHARED, COMPONENTS, K, N_TOP = 130, 100, 6, 7, 40


def counts(rng, profiles, classes, scale):
    depth = rng.lognormal(0.0, 0.4, len(classes))[:, None]
    return rng.poisson(scale * depth * profiles[classes])


def log1p_cp10k(x):
    total = x.sum(axis=1, keepdims=True)
    return np.log1p(1e4 * x / np.where(total > 0, total, 1))


def own_mean(cells):
    """Centred on the cells that have a place, of unit length; rows of zeros stay."""
    has_place = np.any(cells != 0, axis=1)
    out = np.zeros_like(cells)
    out[has_place] = normalize(cells[has_place] - cells[has_place].mean(axis=0))
    return out


def vote(indices, cosines, classes):
    told = []
    for row, similar in zip(indices, cosines):
        rank = {}
        for cell, cosine in zip(row, similar):
            n, total = rank.get(classes[cell], (0, 0.0))
            rank[classes[cell]] = (n + 1, total + cosine)
        best = max(rank, key=lambda own: rank[own])
        told.append((int(best), rank[best][0] / len(row), rank[best][1] / rank[best][0]))
    return told


def case(name, reference, query, shared, classes, n_top):
    logged, asked = log1p_cp10k(reference), log1p_cp10k(query)
    own, other = shared
    if len(own) > n_top:
        whole = anndata.AnnData(logged.astype(np.float32))
        sc.pp.highly_variable_genes(whole, flavor="seurat", n_top_genes=n_top)
        rank = whole.var["dispersions_norm"].to_numpy()[own]
        best = np.sort(np.argsort(-np.nan_to_num(rank, nan=-np.inf), kind="stable")[:n_top])
        own, other = own[best], other[best]
    model = PCA(COMPONENTS, svd_solver="full").fit(logged[:, own])
    cells = []
    for x in (logged[:, own], asked[:, other]):
        placed = model.transform(x)
        placed[~np.any(x > 0, axis=1)] = 0
        cells.append(own_mean(placed))
    votes = classes >= 0
    # A cell without a place is near nothing; it takes no part.
    votes &= np.any(cells[0] != 0, axis=1)
    search = NearestNeighbors(n_neighbors=K, metric="cosine", algorithm="brute")
    distances, indices = search.fit(cells[0][votes]).kneighbors(cells[1])
    told = vote(indices, 1 - distances, classes[votes])
    told = [t if np.any(cell != 0) else (-1, 0.0, 0.0) for t, cell in zip(told, cells[1])]
    return {
        "name": name,
        "n_top": n_top,
        "genes": own.tolist(),
        "cosines": (cells[1] @ cells[0].T).round(7).ravel().tolist(),
        "told": [t[0] for t in told],
        "confidence": [round(t[1], 9) for t in told],
        "similarity": [round(t[2], 7) for t in told],
    }


def main():
    warnings.filterwarnings("ignore")
    rng = np.random.default_rng(11)
    base = rng.lognormal(0.0, 1.2, N_GENES + N_GENES - N_SHARED)
    profiles = np.stack([base * rng.lognormal(0.0, 0.7, len(base)) for _ in range(3)])
    own = np.arange(N_GENES)
    other = rng.permutation(np.arange(N_GENES - N_SHARED, len(base)))
    classes = rng.choice(3, 40, p=[0.5, 0.3, 0.2])
    reference = counts(rng, profiles[:, own], classes, 1.5)
    truth = rng.choice(3, 25, p=[0.2, 0.3, 0.5])
    query = counts(rng, profiles[:, other], truth, 0.6)
    ids = {int(gene): column for column, gene in enumerate(other)}
    shared = [(column, ids[gene]) for column, gene in enumerate(own.tolist()) if gene in ids]
    shared = [np.array(side) for side in zip(*shared)]
    assert len(shared[0]) == N_SHARED
    # One query cell expresses none of the shared genes; two reference cells have no label.
    query[4, shared[1]] = 0
    classes[[3, 30]] = -1
    cases = [
        case("all shared genes", reference, query, shared, classes, 2000),
        case("the most variable", reference, query, shared, classes, N_TOP),
    ]
    out = {
        "reference": reference.ravel().tolist(),
        "query": query.ravel().tolist(),
        "n_genes": [N_GENES, len(other)],
        "reference_ids": own.tolist(),
        "query_ids": other.tolist(),
        "classes": classes.tolist(),
        "components": COMPONENTS,
        "k": K,
        "cases": cases,
    }
    (HERE / "expression.json").write_text(json.dumps(out) + "\n")
    right = [np.mean(np.array(c["told"]) == truth) for c in cases]
    print("told rightly:", right)


if __name__ == "__main__":
    main()
