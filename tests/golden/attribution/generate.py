"""Golden values for worker/analysis/src/{attribution,query,axis}.rs.

    python tests/golden/attribution/generate.py

Needs numpy and scipy. Counts are synthetic: two sets of cells of which one has a programme of genes, and
six donors with an axis between two groups of them.
"""

import json
from itertools import combinations
from math import comb
from pathlib import Path

import numpy as np
from scipy.stats import rankdata

HERE = Path(__file__).resolve().parent
GENES, ROWS, D, CELLS, TOP = 60, 50, 12, 40, 25


def unit(rows):
    length = np.linalg.norm(rows, axis=-1, keepdims=True)
    return rows / np.where(length > 0, length, 1)


def shares(counts, rows, kind):
    """`w̃`, `[cells × genes]`: the weights of the top genes of each cell that have a vector, sum 1."""
    total = counts.sum(axis=1, keepdims=True)
    logged = np.log1p(1e4 * counts / np.where(total > 0, total, 1))
    out = np.zeros_like(logged)
    for cell, own in enumerate(logged):
        genes = [g for g in range(GENES) if counts[cell, g] > 0 and rows[g] is not None]
        genes = sorted(genes, key=lambda g: (-counts[cell, g], g))[:TOP]
        weights = {"expression": own[genes], "rank": rankdata(counts[cell, genes]),
                   "uniform": np.ones(len(genes))}[kind]
        if genes:
            out[cell, genes] = weights / weights.sum()
    return out


def attribution(counts, rows, table, sets):
    vectors = np.array([np.zeros(D) if row is None else table[row] for row in rows])
    other = np.arange(1.0, D + 1)
    cases = []
    for kind in ["expression", "rank", "uniform"]:
        w = shares(counts, rows, kind)
        there = w.sum(axis=1) > 0
        a, b = ([cell for cell in own if there[cell]] for own in sets)
        difference = w[a].mean(axis=0) - w[b].mean(axis=0)
        vector = difference @ vectors
        length = np.linalg.norm(vector)
        cases.append({
            "weights": kind,
            "total": length,
            "direction": vector / length,
            "value": difference * (vectors @ (vector / length)),
            "alignment": vectors @ (vector / length),
            "along": difference * (vectors @ (other / np.linalg.norm(other))),
            "left_out": [len(own) - len(kept) for own, kept in zip(sets, (a, b))],
        })
        assert abs(cases[-1]["value"].sum() - length) < 1e-12
    return cases


def ranking(counts, rows, table, codes, query):
    vectors = np.array([np.zeros(D) if row is None else table[row] for row in rows])
    w = shares(counts, rows, "expression")
    there = w.sum(axis=1) > 0
    along = vectors @ (query / np.linalg.norm(query))
    used = w.sum(axis=0) > 0
    out = []
    for cluster in range(codes.max() + 1):
        omega = w[there & (codes == cluster)].mean(axis=0) - w[there].mean(axis=0)
        score = omega @ along
        # Exact over all exchanges of texts among the genes used.
        n = used.sum()
        spread = ((omega[used] - omega[used].mean()) ** 2).sum()
        spread *= ((along[used] - along[used].mean()) ** 2).sum()
        out.append({"score": score, "z": score / np.sqrt(spread / (n - 1))})
    return out


def axis(cells, units, groups):
    centroids = np.array([cells[units == u].mean(axis=0) for u in range(units.max() + 1)])

    def fit(first, second):
        high, low = centroids[first].mean(axis=0), centroids[second].mean(axis=0)
        line = high - low
        ends = high @ line, low @ line
        return line, lambda x: (2 * (x @ line) - sum(ends)) / (ends[0] - ends[1])

    line, score = fit(*groups)
    chosen = sum(groups, [])
    lengths = []
    for first in combinations(chosen, len(groups[0])):
        lengths.append(np.linalg.norm(fit(list(first), [u for u in chosen if u not in first])[0]))
    out = {
        "axis": line,
        "scores": score(cells),
        "p": np.mean(np.array(lengths) >= np.linalg.norm(line) - 1e-12),
        "n_assignments": comb(len(chosen), len(groups[0])),
        "units": [],
    }
    for u in range(len(centroids)):
        own = score(cells[units == u])
        record = {"mean": own.mean(), "sd": own.std(ddof=1),
                  "quartiles": np.quantile(own, [0.25, 0.5, 0.75])}
        if u in chosen:
            rest, told = fit(*([v for v in group if v != u] for group in groups))
            cosine = rest @ line / np.linalg.norm(rest) / np.linalg.norm(line)
            record["left_out"] = [told(centroids[u]), cosine]
        out["units"].append(record)
    return out


def main():
    rng = np.random.default_rng(11)
    table = unit(rng.standard_normal((ROWS, D))).astype(np.float32)
    # Two genes without a vector, and some that share one.
    rows = [None if g in (7, 31) else int(g % ROWS) for g in range(GENES)]
    rates = rng.lognormal(0.0, 0.6, GENES)
    program = np.where(np.isin(np.arange(GENES), [3, 14, 40, 55]), 5.0, 1.0)
    codes = np.arange(CELLS) % 3
    counts = rng.poisson(np.where(codes[:, None] == 0, rates * program, rates) * 0.8)
    counts[5] = 0
    counts[6] = 0
    counts[6, 7] = 4
    sets = [[c for c in range(CELLS) if codes[c] == 0], [c for c in range(CELLS) if codes[c] == 1]]
    query = rng.standard_normal(D).astype(np.float32)

    units = np.arange(84) % 7
    shifts = rng.standard_normal((7, D)) + np.array([1, 1, 1, 1, 0, 0, 0])[:, None] * 1.0
    cells = unit(shifts[units] + 0.7 * rng.standard_normal((84, D))).astype(np.float32)
    groups = [[0, 2, 1], [4, 5, 6]]

    exact = table.astype(np.float64)
    out = {
        "genes": GENES, "d": D, "top": TOP, "counts": counts, "rows": rows, "table": table,
        "sets": sets, "attribution": attribution(counts, rows, exact, sets),
        "codes": codes, "query": query,
        "ranking": ranking(counts, rows, exact, codes, query.astype(np.float64)),
        "cells": cells, "units": units, "groups": groups,
        "axis": axis(cells.astype(np.float64), units, groups),
    }

    def plain(x):
        return x.ravel().tolist() if isinstance(x, np.ndarray) else x.item()

    rounded = json.loads(json.dumps(out, default=plain), parse_float=lambda x: round(float(x), 10))
    (HERE / "attribution.json").write_text(json.dumps(rounded) + "\n")


if __name__ == "__main__":
    main()
