"""Golden values for worker/analysis/src/whitening.rs.

    python tests/golden/whitening/generate.py

Needs numpy only. The table is synthetic: unit vectors along a common direction, as text vectors are.
"""

import json
from pathlib import Path

import numpy as np

N, D = 40, 8
HERE = Path(__file__).resolve().parent


def unit(rows):
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def covariance(table, shrinkage):
    sigma = np.cov(table, rowvar=False)
    return (1 - shrinkage) * sigma + shrinkage * np.trace(sigma) / len(sigma) * np.eye(len(sigma))


def main():
    rng = np.random.default_rng(7)
    mixed = rng.standard_normal((N, D)) @ rng.standard_normal((D, D))
    table = unit(mixed + 6.0 * rng.standard_normal(D)).astype(np.float32)
    exact = table.astype(np.float64)
    centred = exact - exact.mean(axis=0)
    cases = []
    for name, shrinkage in [("none", 0.0), ("tenth", 0.1), ("usual", D / (N + D))]:
        sigma = covariance(exact, shrinkage)
        factor = np.linalg.cholesky(sigma)
        values, vectors = np.linalg.eigh(sigma)
        zca = unit(centred @ (vectors / np.sqrt(values)) @ vectors.T)
        cases.append({
            "name": name,
            "shrinkage": shrinkage,
            "cholesky": unit(np.linalg.solve(factor, centred.T).T).ravel().tolist(),
            # A rotation apart, so that cosines are the same.
            "zca_cosines": (zca @ zca.T).ravel().tolist(),
        })
    out = {"n": N, "d": D, "table": table.ravel().tolist(), "cases": cases}
    text = json.dumps(out, default=float)
    rounded = json.loads(text, parse_float=lambda x: round(float(x), 9))
    (HERE / "whitening.json").write_text(json.dumps(rounded) + "\n")


if __name__ == "__main__":
    main()
