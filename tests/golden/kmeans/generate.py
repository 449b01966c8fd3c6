"""Writes the inertia that scikit-learn's k-means reaches on the cells of `../graph`."""

import json
import sys
from pathlib import Path

import numpy as np
import sklearn
from sklearn.cluster import KMeans

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "graph"))
from generate import SCALE  # noqa: E402


def main():
    golden = {"scikit-learn": sklearn.__version__, "inertia": []}
    for name in ["pbmc68k", "pbmc3k"]:
        points = np.load(HERE.parent / "graph" / f"{name}.npy") / np.float32(SCALE)
        for k in [2, 8, 20]:
            fitted = KMeans(n_clusters=k, n_init=10, random_state=0).fit(points)
            golden["inertia"].append({"set": name, "k": k, "inertia": float(fitted.inertia_)})
    (HERE / "kmeans.json").write_text(json.dumps(golden, indent=1) + "\n")


if __name__ == "__main__":
    main()
