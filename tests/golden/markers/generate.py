"""Golden values for worker/analysis/src/markers.rs.

    python tests/golden/markers/generate.py

Needs numpy, scipy, anndata, scanpy, statsmodels and scikit-learn. Real data come from
$LEXICELL_SHARED/data or ../shared/data beside the repository; a small part of them is written here.
`logged` is log-normalised already and holds a gene that no cell expresses and one that all express alike;
`counts` is normalised by scanpy, so its values agree to rounding only.
"""

import json
import os
import warnings
from pathlib import Path

import anndata as ad
import numpy as np
import scanpy as sc
import scipy.sparse as sp
from scanpy.tools._rank_genes_groups import _RankGenes
from sklearn.metrics import roc_auc_score

HERE = Path(__file__).resolve().parent
SHARED = Path(os.environ.get("LEXICELL_SHARED", HERE.parents[2] / ".." / "shared"))
N_GENES = 110


def cells_of(labels, chosen):
    """Some cells of each label, in the order of the data set."""
    keep = np.concatenate([np.flatnonzero(labels == label)[:n] for label, n in chosen.items()])
    return np.sort(keep)


def csr(x):
    x = sp.csr_matrix(x)
    x.eliminate_zeros()
    x.sort_indices()
    data = [float(repr(np.float32(v).item())) for v in x.data]
    return {
        "n_cells": x.shape[0],
        "n_genes": x.shape[1],
        "indptr": x.indptr.tolist(),
        "indices": x.indices.tolist(),
        "data": data,
    }


def tested(adata, labels, group, reference, tie_correct):
    """scanpy's test in double precision (`uns` keeps scores in single), checked against `uns`."""
    adata = adata.copy()
    adata.obs["group"] = np.asarray(labels, dtype=str)
    adata.obs["group"] = adata.obs["group"].astype("category")
    groups = "all" if reference == "rest" else [group, reference]
    run = _RankGenes(adata, groups, "group", reference=reference, use_raw=False, comp_pts=True)
    run.compute_statistics("wilcoxon", tie_correct=tie_correct)
    stats = run.stats[group]
    sc.tl.rank_genes_groups(
        adata, "group", groups=groups, reference=reference, method="wilcoxon", use_raw=False,
        tie_correct=tie_correct, pts=True,
    )
    public = sc.get.rank_genes_groups_df(adata, group).set_index("names").loc[adata.var_names]
    for mine, theirs in [("scores", "scores"), ("pvals", "pvals"), ("pvals_adj", "pvals_adj"),
                         ("logfoldchanges", "logfoldchanges")]:
        np.testing.assert_allclose(stats[mine], public[theirs], rtol=1e-5, atol=1e-6)
    first = np.asarray(labels) == group
    second = ~first if reference == "rest" else np.asarray(labels) == reference
    at = run.groups_order.tolist().index(group)
    x = adata.X.toarray().astype(np.float64)
    both = first | second
    auc = [roc_auc_score(first[both], x[both, g]) for g in range(x.shape[1])]
    pts = [(x[mask] > 0).mean(axis=0) for mask in (first, second)]
    np.testing.assert_allclose(pts[0], run.pts[at])
    if reference == "rest":
        np.testing.assert_allclose(pts[1], run.pts_rest[at])
    means = [x[mask].mean(axis=0) for mask in (first, second)]
    return {
        "tie_correct": tie_correct,
        "first": np.flatnonzero(first).tolist(),
        "second": np.flatnonzero(second).tolist(),
        "score": stats["scores"].tolist(),
        "p": stats["pvals"].tolist(),
        "p_adjusted": stats["pvals_adj"].tolist(),
        "log2_fold_change": stats["logfoldchanges"].tolist(),
        "mean": [m.tolist() for m in means],
        "fraction": [f.tolist() for f in pts],
        "auc": auc,
    }


def logged():
    whole = ad.read_h5ad(SHARED / "data/sc/10x_pbmc68k_reduced.h5ad")
    labels = whole.obs["bulk_labels"].astype(str).to_numpy()
    chosen = {"CD19+ B": 45, "CD56+ NK": 25, "CD14+ Monocyte": 30}
    keep = cells_of(labels, chosen)
    x = whole.raw.X[keep].toarray()
    # The genes that differ most between these cells, and some others.
    order = np.argsort(-x.var(axis=0), kind="stable")
    genes = np.sort(np.concatenate([order[: N_GENES // 2], order[200 : 200 + N_GENES - N_GENES // 2]]))
    x = np.column_stack([x[:, genes], np.zeros(len(keep)), np.full(len(keep), 1.5)])
    adata = ad.AnnData(sp.csr_matrix(x.astype(np.float32)))
    own = labels[keep]
    return {
        "name": "logged",
        "x": csr(adata.X),
        "cases": [
            tested(adata, own, "CD19+ B", "rest", True),
            tested(adata, own, "CD56+ NK", "rest", False),
            tested(adata, own, "CD56+ NK", "CD14+ Monocyte", True),
        ],
    }


def counts():
    whole = ad.read_h5ad(SHARED / "data/sc/mouse_MOp_sub_2284x500.h5ad")
    labels = whole.obs["cell_type"].astype(str).to_numpy()
    keep = cells_of(labels, {"Astro Aqp4": 30, "Endo_1": 30, "L2/3 IT": 20, "L2/3 IT ": 20})
    x = whole.X[keep].toarray()
    order = np.argsort(-x.var(axis=0), kind="stable")
    x = x[:, np.sort(order[:N_GENES])]
    adata = ad.AnnData(sp.csr_matrix(x.astype(np.float32)))
    raw = csr(adata.X)
    sc.pp.normalize_total(adata, target_sum=1e4)
    sc.pp.log1p(adata)
    own = np.char.strip(labels[keep].astype(str))
    cases = [tested(adata, own, "Astro Aqp4", "rest", True)]
    cases.append(tested(adata, own, "Endo_1", "L2/3 IT", False))
    return {"name": "counts", "x": raw, "cases": cases}


def main():
    warnings.filterwarnings("ignore")
    for data in (logged(), counts()):
        path = HERE / f"{data['name']}.json"
        path.write_text(json.dumps(data, separators=(",", ":")) + "\n")
        print(path.name, path.stat().st_size, data["x"]["n_cells"], data["x"]["n_genes"])


if __name__ == "__main__":
    main()
