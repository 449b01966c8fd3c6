"""Golden values for worker/analysis: logistic regression, Student's t, the corrected t-test,
silhouette and reliability.

Run with a Python that has numpy, scipy and scikit-learn:

    python tests/golden/evaluation/generate.py
"""

import json
import warnings
from pathlib import Path

import numpy as np
from scipy import stats
from sklearn import metrics
from sklearn.calibration import calibration_curve
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier

HERE = Path(__file__).resolve().parent


def blobs(rng, sizes, d, spread):
    """Classes of unequal size about random centres, with columns of unequal scale."""
    scale = np.geomspace(4.0, 0.2, d)
    x = np.vstack([rng.normal(rng.normal(0, 1, d), spread, (n, d)) for n in sizes]) * scale
    y = np.repeat(np.arange(len(sizes)), sizes)
    order = rng.permutation(len(y))
    return x[order].astype(np.float32), y[order]


def logistic(x, y, train):
    """Coefficients where the solver has come to rest, predictions of the default tolerance too."""
    x = x.astype(np.float64)
    tight = LogisticRegression(C=1.0, tol=1e-10, max_iter=100_000).fit(x[train], y[train])
    loose = LogisticRegression(C=1.0, max_iter=1000).fit(x[train], y[train])
    rest = np.setdiff1d(np.arange(len(y)), train)
    told = tight.predict(x[rest])
    assert (told == loose.predict(x[rest])).all(), "scikit-learn's own tolerances disagree"
    return {
        "x": x.ravel().tolist(), "n": len(y), "d": x.shape[1], "y": y.tolist(),
        "n_train": len(train),
        "coefficients": tight.coef_.tolist(), "intercepts": tight.intercept_.tolist(),
        "predictions": told.tolist(),
        "confidence": tight.predict_proba(x[rest]).max(axis=1).tolist(),
    }


def student():
    cases = []
    for df in [1, 2, 3.5, 4, 9, 24, 99, 1e4]:
        for t in [-40.0, -3.0, -0.7, 0.0, 1e-3, 0.3, 1.0, 2.5, 12.0]:
            cases.append({"df": df, "t": t, "cdf": stats.t.cdf(t, df),
                          "two_sided": 2 * stats.t.sf(abs(t), df)})
    quantiles = [{"df": df, "p": p, "t": stats.t.ppf(p, df)}
                 for df in [1, 2, 4, 9, 24, 99] for p in [0.001, 0.025, 0.4, 0.75, 0.975, 0.9999]]
    return {"cdf": cases, "quantiles": quantiles}


def corrected(a, b, overlap):
    """Nadeau & Bengio 2003, with scipy's distribution."""
    d = np.array(a) - np.array(b)
    n = len(d)
    error = np.sqrt((1 / n + overlap) * d.var(ddof=1))
    reach = stats.t.ppf(0.975, n - 1) * error
    return {"a": list(a), "b": list(b), "overlap": overlap, "difference": d.mean(),
            "low": d.mean() - reach, "high": d.mean() + reach,
            "p": 2 * stats.t.sf(abs(d.mean() / error), n - 1)}


def main():
    rng = np.random.default_rng(11)
    x, y = blobs(rng, [50, 35, 25, 10], 6, 1.0)
    train = np.arange(80)
    four = logistic(x, y, train)
    x2, y2 = blobs(rng, [40, 30], 5, 1.2)
    two = logistic(x2, y2, np.arange(45))

    votes = KNeighborsClassifier(10, metric="cosine", algorithm="brute").fit(x[train], y[train])
    told = votes.predict_proba(x[80:])
    best, right = told.max(axis=1), votes.classes_[told.argmax(axis=1)] == y[80:]
    share, confidence = calibration_curve(right, best, n_bins=10)

    scores = [rng.normal(0.8, 0.03, 25), rng.normal(0.78, 0.03, 25)]
    tests = [corrected(scores[0], scores[1], 0.25), corrected(scores[0][:5], scores[1][:5], 0.25),
             corrected(scores[1], scores[0], 0.0)]
    plain = stats.ttest_rel(scores[1], scores[0])
    assert abs(plain.pvalue - tests[2]["p"]) < 1e-12, "the plain test is scipy's"

    zero = x.copy()
    zero[[3, 17]] = 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        silhouettes = {
            "all": metrics.silhouette_score(x.astype(np.float64), y, metric="cosine"),
            "zeros": metrics.silhouette_score(zero.astype(np.float64), y, metric="cosine"),
            "zero_rows": [3, 17],
        }

    golden = {
        "logistic": {"four": four, "two": two},
        "student": student(),
        "tests": tests,
        "silhouette": silhouettes,
        "reliability": {"best": best.tolist(), "right": right.astype(int).tolist(),
                        "confidence": confidence.tolist(), "accuracy": share.tolist()},
    }
    (HERE / "evaluation.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")


main()
