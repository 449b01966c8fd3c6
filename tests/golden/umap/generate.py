"""Writes what umap-learn and scikit-learn say: curve parameters, and how far their maps can be trusted.

Needs scanpy, umap-learn and scikit-learn. Maps are made from the graphs of `../graph` with scanpy's
defaults (min_dist 0.5, spread 1). `trustworthiness` of a map is over its 15 nearest cells.
`eigenvalues` are the three greatest of the normalised graph, from scipy.
`pbmc68k_map.npy` is one of umap-learn's maps, on which our own trustworthiness is tested.
"""

import json
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import scipy.sparse
import umap
from sklearn.manifold import trustworthiness
from umap.umap_ import find_ab_params, simplicial_set_embedding

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "graph"))
from generate import SCALE, connectivities  # noqa: E402

SETS = ["pbmc68k", "pbmc3k", "cortex"]
SEEDS = range(3)
CURVES = [(0.5, 1.0), (0.1, 1.0), (0.0, 1.0), (0.3, 2.0), (0.99, 1.0), (0.25, 0.5)]


def layout(points, graph, seed):
    a, b = find_ab_params(1.0, 0.5)
    embedding, _ = simplicial_set_embedding(
        points, graph.tocoo(), 2, 1.0, a, b, 1.0, 5, 500 if len(points) <= 10000 else 200,
        "spectral", np.random.RandomState(seed), "euclidean", {}, False, {}, False,
    )
    return embedding


def eigenvalues(graph):
    scale = scipy.sparse.diags(1 / np.sqrt(np.asarray(graph.sum(1, dtype=np.float64)).ravel()))
    values = scipy.sparse.linalg.eigsh(scale @ graph @ scale, 3, which="LA", tol=1e-10)[0]
    return sorted(values.tolist(), reverse=True)


def main():
    warnings.filterwarnings("ignore")
    golden = {"umap-learn": umap.__version__, "curves": [], "eigenvalues": {}, "maps": {}}
    golden["trustworthiness"] = []
    for min_dist, spread in CURVES:
        a, b = find_ab_params(spread, min_dist)
        golden["curves"].append({"min_dist": min_dist, "spread": spread, "a": a, "b": b})
    for name in SETS:
        whole = np.load(HERE.parent / "graph" / f"{name}.npy")
        graph = connectivities(whole)
        if name != "cortex":  # whose graph is not connected
            golden["eigenvalues"][name] = eigenvalues(graph)
        points = whole / np.float32(SCALE)
        values = []
        for seed in SEEDS:
            start = time.process_time()
            embedding = layout(points, graph, seed)
            seconds = time.process_time() - start
            values.append(trustworthiness(points, embedding, n_neighbors=15))
            print(name, values[-1], f"{seconds:.2f} s")
        golden["maps"][name] = values
        if name == "pbmc68k":
            embedding = embedding.astype("<f4")
            np.save(HERE / "pbmc68k_map.npy", embedding)
            for metric in ["euclidean", "cosine"]:
                for k in [1, 5, 15, 100]:
                    value = trustworthiness(points, embedding, n_neighbors=k, metric=metric)
                    golden["trustworthiness"].append({"metric": metric, "k": k, "value": value})
    (HERE / "umap.json").write_text(json.dumps(golden, indent=1) + "\n")


if __name__ == "__main__":
    main()
