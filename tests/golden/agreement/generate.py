"""Golden values for worker/analysis/src/agreement.rs.

    python tests/golden/agreement/generate.py

Needs numpy and scikit-learn. Codes of -1 are missing: those cells are left out of the scores.
"""

import json
from pathlib import Path

import numpy as np
from sklearn import metrics
from sklearn.metrics.cluster import contingency_matrix

HERE = Path(__file__).resolve().parent


def case(rng, name, n, sizes, noise, missing):
    first = rng.integers(0, sizes[0], n)
    second = np.where(rng.random(n) < noise, rng.integers(0, sizes[1], n), first * 7 % sizes[1])
    first = np.where(rng.random(n) < missing, -1, first)
    second = np.where(rng.random(n) < missing, -1, second)
    both = (first >= 0) & (second >= 0)
    a, b = first[both], second[both]
    counts = np.zeros(sizes, dtype=int)
    counts[np.ix_(np.unique(a), np.unique(b))] = contingency_matrix(a, b)
    return {
        "name": name,
        "first": first.tolist(),
        "second": second.tolist(),
        "n_classes": list(sizes),
        "counts": counts.ravel().tolist(),
        "adjusted_rand": metrics.adjusted_rand_score(a, b),
        "mutual_information": metrics.normalized_mutual_info_score(a, b),
    }


def main():
    rng = np.random.default_rng(5)
    cases = [
        case(rng, "much alike", 400, (5, 6), 0.1, 0.05),
        case(rng, "little alike", 500, (9, 4), 0.7, 0.1),
        case(rng, "by chance", 300, (6, 6), 1.0, 0.0),
        case(rng, "the same", 200, (8, 8), 0.0, 0.0),
        case(rng, "one class", 60, (1, 5), 1.0, 0.2),
    ]
    (HERE / "agreement.json").write_text(json.dumps(cases) + "\n")


main()
