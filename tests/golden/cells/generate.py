"""Golden values for worker/analysis: normalisation, HVGs, PCA, pooling, folds and kNN scores.

Run with a Python that has numpy, scipy, h5py, anndata, scanpy and scikit-learn:

    python tests/golden/cells/generate.py

Real data come from $LEXICELL_SHARED/data or ../shared/data beside the repository; only numbers
derived from them are written here. `panel` is synthetic and written whole.
"""

import json
import math
import os
import warnings
from pathlib import Path

import anndata as ad
import numpy as np
import scanpy as sc
import scipy.sparse as sp
from sklearn import metrics
from sklearn.decomposition import PCA
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier

HERE = Path(__file__).resolve().parent
SHARED = Path(os.environ.get("LEXICELL_SHARED", HERE.parents[2] / ".." / "shared"))
MASK = (1 << 64) - 1
GAMMA = 0x9E3779B97F4A7C15
DIM, TABLE_SEED, FOLD_SEED, N_FOLDS, K = 64, 7, 20, 5, 10
EXCLUDED = -1


class SplitMix64:
    """The generator of worker/analysis/src/rng.rs."""

    def __init__(self, seed):
        self.state = seed & MASK

    def next_u64(self):
        self.state = (self.state + GAMMA) & MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return z ^ (z >> 31)

    def below(self, bound):
        return (self.next_u64() * bound) >> 64

    def shuffle(self, items):
        for last in range(len(items) - 1, 0, -1):
            other = self.below(last + 1)
            items[last], items[other] = items[other], items[last]


def random_table(seed, n, d):
    """gene_table::random_table; all draws at once, since SplitMix64 counts."""
    with np.errstate(over="ignore"):
        z = np.uint64(seed) + np.arange(1, 2 * n * d + 1, dtype=np.uint64) * np.uint64(GAMMA)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    uniform = ((z ^ (z >> np.uint64(31))) >> np.uint64(11)) * (1.0 / (1 << 53))
    normal = np.sqrt(-2.0 * np.log(1.0 - uniform[0::2])) * np.cos(math.tau * uniform[1::2])
    table = normal.astype(np.float32).reshape(n, d).astype(np.float64)
    return (table / np.linalg.norm(table, axis=1, keepdims=True)).astype(np.float32)


def first_copies(x):
    """For each cell the first cell with the same values; empty cells are no copies."""
    seen, first = {}, []
    for cell in range(x.shape[0]):
        row = x[cell]
        row.eliminate_zeros()
        key = (row.indices.tobytes(), row.data.tobytes())
        first.append(seen.setdefault(key, cell) if row.nnz else cell)
    return first


def stratified_folds(codes, n_classes, first, unusable):
    """folds::stratified_k_fold."""
    usable = [c for c in range(len(codes)) if codes[c] >= 0 and c not in unusable]
    distinct = [len({first[c] for c in usable if codes[c] == k}) for k in range(n_classes)]
    units, classes = {}, {}
    for cell in usable:
        if distinct[codes[cell]] > 1:
            units.setdefault(first[cell], []).append(cell)
            classes.setdefault(first[cell], codes[cell])
    fold_of = [EXCLUDED] * len(codes)
    rng, start = SplitMix64(FOLD_SEED), 0
    for k in range(n_classes):
        members = [unit for unit in units if classes[unit] == k]
        rng.shuffle(members)
        sizes = [0] * N_FOLDS
        for unit in members:
            turns = [(start + step) % N_FOLDS for step in range(N_FOLDS)]
            fold = min(turns, key=lambda f: sizes[f])
            sizes[fold] += len(units[unit])
            for cell in units[unit]:
                fold_of[cell] = fold
            start = (fold + 1) % N_FOLDS
    return np.array(fold_of)


def pool(logged, table_row, table, top_n):
    """P1's weighted mean over the top-N genes with a vector; ties go to the earlier gene."""
    out = np.zeros((logged.shape[0], table.shape[1]))
    for cell in range(logged.shape[0]):
        row = logged[cell]
        chosen = [(-v, g) for g, v in zip(row.indices, row.data) if v > 0 and table_row[g] >= 0]
        chosen = sorted(chosen)[:top_n]
        if chosen:
            weights = np.array([-v for v, _ in chosen], dtype=np.float64)
            vectors = table[[table_row[g] for _, g in chosen]].astype(np.float64)
            out[cell] = weights @ vectors / weights.sum()
    return out


def unit(x):
    length = np.linalg.norm(x, axis=1, keepdims=True)
    return np.divide(x, length, out=np.zeros_like(x), where=length > 0)


def knn_predict(train, train_codes, test):
    """Majority of the K most similar; ties by summed similarity, then the first class."""
    similarity = test @ train.T
    predicted, tied = [], []
    for row in similarity:
        nearest = np.lexsort((np.arange(len(row)), -row))[:K]
        votes = {}
        for at in nearest:
            n, total = votes.get(train_codes[at], (0, 0.0))
            votes[train_codes[at]] = (n + 1, total + row[at])
        order = sorted(votes, key=lambda c: (-votes[c][0], -votes[c][1], c))
        predicted.append(order[0])
        tied.append(len(order) > 1 and votes[order[0]][0] == votes[order[1]][0])
    predicted, tied = np.array(predicted), np.array(tied)
    theirs = KNeighborsClassifier(K, metric="cosine", algorithm="brute").fit(train, train_codes)
    assert (theirs.predict(test) == predicted)[~tied].all(), "scikit-learn disagrees"
    return predicted


def by_neighbors(train, train_codes, test):
    return knn_predict(unit(train), train_codes, unit(test))


def by_regression(train, train_codes, test):
    """On the raw scores; the tolerance must not decide a prediction."""
    fits = [LogisticRegression(C=1.0, tol=tol, max_iter=100_000).fit(train, train_codes)
            for tol in [1e-4, 1e-7]]
    loose, tight = [fit.predict(test) for fit in fits]
    print("  regression: the tolerance decides", int((loose != tight).sum()), "predictions")
    return tight


def by_majority(train, train_codes, test):
    return DummyClassifier(strategy="most_frequent").fit(train, train_codes).predict(test)


def score(codes, folds, embed, tell=by_neighbors):
    predictions = np.full(len(codes), -1)
    per_fold = []
    for fold in range(N_FOLDS):
        train = np.flatnonzero((folds != fold) & (folds != EXCLUDED))
        test = np.flatnonzero(folds == fold)
        a, b = embed(train, test)
        predicted = tell(a, codes[train], b)
        predictions[test] = predicted
        true = codes[test]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            per_fold.append({
                "accuracy": metrics.accuracy_score(true, predicted),
                "balanced_accuracy": metrics.balanced_accuracy_score(true, predicted),
                "macro_f1": metrics.f1_score(true, predicted, average="macro", zero_division=0),
                "weighted_f1": metrics.f1_score(true, predicted, average="weighted", zero_division=0),
            })
    took_part = folds != EXCLUDED
    true, predicted = codes[took_part], predictions[took_part]
    precision, recall, f1, support = metrics.precision_recall_fscore_support(
        true, predicted, labels=np.arange(codes.max() + 1), zero_division=0)
    summary = {}
    for name in per_fold[0]:
        values = [fold[name] for fold in per_fold]
        summary[name] = [float(np.mean(values)), float(np.std(values, ddof=1))]
    return {
        "folds": per_fold,
        "summary": summary,
        "predictions": predictions.tolist(),
        "precision": precision.tolist(),
        "recall": recall.tolist(),
        "f1": f1.tolist(),
        "support": support.tolist(),
        "ari": metrics.adjusted_rand_score(true, predicted),
        "nmi": metrics.normalized_mutual_info_score(true, predicted),
    }


def hvgs(logged, n_top):
    adata = ad.AnnData(logged.copy())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        sc.pp.highly_variable_genes(adata, flavor="seurat", n_top_genes=n_top)
    return np.flatnonzero(adata.var["highly_variable"].to_numpy()), adata.var


def fit_pca(logged, genes, n_comps):
    dense = logged[:, genes].toarray().astype(np.float64)
    model = PCA(n_comps, svd_solver="full").fit(dense)
    return model


def logged_counts(x):
    adata = ad.AnnData(x.astype(np.float32).copy())
    sc.pp.normalize_total(adata, target_sum=1e4)
    sc.pp.log1p(adata)
    return sp.csr_matrix(adata.X)


def write(name, x, state, codes, n_top_genes, top_n):
    x = sp.csr_matrix(x)
    x.sort_indices()
    logged = logged_counts(x) if state == "raw" else x
    n_obs, n_vars = x.shape
    with_vector = [gene for gene in range(n_vars) if gene % 7 != 3]
    # Rows of the table run against the order of genes, so that a mix-up shows.
    table_row = np.full(n_vars, -1)
    table_row[with_vector] = np.arange(len(with_vector))[::-1]
    table = random_table(TABLE_SEED, len(with_vector), DIM)
    pooled = pool(logged, table_row, table, top_n)
    unusable = set(np.flatnonzero((pooled == 0).all(axis=1)).tolist())
    folds = stratified_folds(codes.tolist(), codes.max() + 1, first_copies(x), unusable)

    genes, var = hvgs(logged, n_top_genes)
    n_comps = min(50, len(genes) - 1, n_obs - 1)
    model = fit_pca(logged, genes, n_comps)
    check = ad.AnnData(logged[:, genes].copy())
    sc.pp.pca(check, n_comps=n_comps, svd_solver="arpack")
    agree = np.abs((check.varm["PCs"] * model.components_.T).sum(axis=0))
    assert agree[:10].min() > 0.9999, agree

    def embed_text(train, test):
        mean = pooled[train].mean(axis=0)
        return pooled[train] - mean, pooled[test] - mean

    def embed_pca(train, test):
        chosen, _ = hvgs(logged[train], n_top_genes)
        fitted = fit_pca(logged[train], chosen, min(50, len(chosen) - 1, len(train) - 1))
        place = lambda cells: fitted.transform(logged[cells][:, chosen].toarray().astype(np.float64))
        return place(train), place(test)

    shown = [0, n_obs // 3, n_obs // 2, n_obs - 1]
    golden = {
        "state": state,
        "n_obs": n_obs,
        "n_vars": n_vars,
        "codes": codes.tolist(),
        "top_n": top_n,
        "n_top_genes": n_top_genes,
        "logged_row": logged[shown[1]].data[:20].astype(float).tolist(),
        "hvg": genes.tolist(),
        "dispersions_norm": [None if math.isnan(v) else v for v in
                             var["dispersions_norm"].to_numpy(dtype=float)[:50]],
        "explained_variance": model.explained_variance_.tolist(),
        "explained_variance_ratio": model.explained_variance_ratio_.tolist(),
        "shown": shown,
        "pooled": pooled[shown].round(8).tolist(),
        "unusable": sorted(unusable),
        "fold_of": folds.tolist(),
        "text": score(codes, folds, embed_text),
        "pca": score(codes, folds, embed_pca),
        "majority": score(codes, folds, embed_pca, by_majority),
    }
    # With 44 classes scikit-learn takes a quarter of an hour to the tight tolerance.
    if codes.max() < 20:
        golden["logistic"] = score(codes, folds, embed_pca, by_regression)
    if name == "panel":
        golden["x"] = {"indptr": x.indptr.tolist(), "indices": x.indices.tolist(),
                       "data": x.data.astype(int).tolist()}
    np.save(HERE / f"{name}_loadings.npy", model.components_[:20].T.astype("<f4").copy(order="C"))
    (HERE / f"{name}.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")
    print(name, "text", golden["text"]["summary"]["accuracy"], "pca",
          golden["pca"]["summary"]["accuracy"], "left out", int((folds == EXCLUDED).sum()))


def panel():
    """Counts of five classes (one with 3 cells, one with 1), copies, an empty cell, no labels."""
    rng = np.random.default_rng(3)
    n_genes, sizes = 300, [90, 70, 60, 36, 3, 1]
    base = rng.gamma(0.4, 1.0, n_genes)
    rows, codes = [], []
    for label, size in enumerate(sizes):
        profile = base * np.exp(rng.normal(0, 0.6, n_genes) * (rng.random(n_genes) < 0.4))
        for _ in range(size):
            depth = rng.uniform(60, 260)
            rows.append(rng.poisson(profile / profile.sum() * depth))
            codes.append(label)
    order = rng.permutation(len(rows))
    rows, codes = np.array(rows)[order], np.array(codes)[order]
    rows = np.vstack([rows, rows[[5, 9, 9]], np.zeros((1, n_genes), dtype=int)])
    codes = np.concatenate([codes, codes[[5, 9, 9]], [0]])
    codes[[12, 40]] = -1
    write("panel", sp.csr_matrix(rows), "raw", codes, 100, 30)


def real(name, file, state, n_top_genes, top_n):
    adata = ad.read_h5ad(SHARED / "data" / "sc" / file)
    codes = adata.obs["cell_type"].cat.codes.to_numpy().astype(int)
    write(name, adata.X, state, codes, n_top_genes, top_n)
    write_table_genes(name, list(adata.var_names))


def write_table_genes(name, genes):
    """The gene of each row of the table, for the browser test that drops it as a file."""
    with_vector = [gene for at, gene in enumerate(genes) if at % 7 != 3]
    (HERE / f"{name}_genes.json").write_text(json.dumps(with_vector[::-1]))


panel()
real("cortex", "mouse_MOp_sub_2284x500.h5ad", "raw", 2000, 100)
real("pbmc3k", "human_pbmc3k_seurat_2638x13714.h5ad", "log", 2000, 100)
