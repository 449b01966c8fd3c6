"""Golden values for worker/analysis/src/enrichment.rs.

    python tests/golden/enrichment/generate.py

Needs numpy, scipy, statsmodels, goatools and gseapy. Genes, terms and their hierarchy are synthetic;
one branch of terms is planted in the selected genes. goatools hands genes to ancestors by itself (its
one-sided Fisher test and Benjamini-Hochberg over all terms); gseapy and scipy are given the sets that a
plain search found here, and must agree with goatools. gseapy.prerank gives the rank-based scores. `small` is restricted to terms of 5 to 60 genes:
there Benjamini-Hochberg is statsmodels' over those terms.
"""

import io
import json
import tempfile
import warnings
from pathlib import Path

import gseapy
import numpy as np
import pandas as pd
from goatools.go_enrichment import GOEnrichmentStudy
from goatools.obo_parser import GODag
from scipy import stats
from statsmodels.stats.multitest import multipletests

HERE = Path(__file__).resolve().parent
N_GENES, N_TERMS, N_SELECTED, PLANTED = 400, 90, 45, 61
SIZES = (5, 60)


def go_id(term):
    return f"GO:{term + 1:07d}"


def hierarchy(rng):
    """Each term has one to three parents among the earlier ones; 0 is the root."""
    parents = [[]]
    for term in range(1, N_TERMS):
        n = min(term, int(rng.integers(1, 4)))
        parents.append(sorted(rng.choice(term, n, replace=False).tolist()))
    return parents


def genes_of_terms(own, parents):
    """By search, term for term: a gene has a term if one of its own terms leads up to it."""
    sets = [set() for _ in parents]
    for gene, terms in enumerate(own):
        for start in terms:
            stack = [start]
            while stack:
                term = stack.pop()
                sets[term].add(gene)
                stack += parents[term]
    return sets


def goatools_results(own, parents, selected):
    lines = ["format-version: 1.2", ""]
    for term, above in enumerate(parents):
        lines += ["[Term]", f"id: {go_id(term)}", f"name: term {term}", "namespace: biological_process"]
        lines += [f"is_a: {go_id(parent)} ! term {parent}" for parent in above] + [""]
    with tempfile.NamedTemporaryFile("w", suffix=".obo") as file:
        file.write("\n".join(lines))
        file.flush()
        dag = GODag(file.name, prt=None)
    names = [f"g{gene}" for gene in range(N_GENES)]
    assoc = {names[g]: {go_id(t) for t in terms} for g, terms in enumerate(own) if terms}
    study = GOEnrichmentStudy(
        names, assoc, dag, propagate_counts=True, methods=["fdr_bh"], alternative="greater",
        log=io.StringIO(),
    )
    results = study.run_study([names[g] for g in selected], prt=None)
    return {int(r.GO[3:]) - 1: r for r in results}


def over_representation(own, parents, sets, selected):
    found = goatools_results(own, parents, selected)
    used = [t for t in range(N_TERMS) if sets[t]]
    assert sorted(found) == used
    chosen = set(selected)
    gmt = {str(t): [f"g{g}" for g in sorted(sets[t])] for t in used}
    table = gseapy.enrich(
        gene_list=[f"g{g}" for g in selected], gene_sets=gmt,
        background=[f"g{g}" for g in range(N_GENES)], outdir=None, no_plot=True,
    ).results.set_index("Term")
    rows = []
    for t in used:
        r, hits = found[t], sorted(sets[t] & chosen)
        assert (r.study_count, r.pop_count, r.study_n, r.pop_n) == (
            len(hits), len(sets[t]), N_SELECTED, N_GENES)
        p = stats.hypergeom.sf(len(hits) - 1, N_GENES, len(sets[t]), N_SELECTED)
        np.testing.assert_allclose(r.p_uncorrected, p, rtol=1e-9)
        if hits:
            np.testing.assert_allclose(table.loc[str(t), "P-value"], p, rtol=1e-9)
        rows.append([t, len(sets[t]), float(p), float(r.p_fdr_bh), hits])
    return rows


def in_range(sets):
    return [t for t in range(N_TERMS) if SIZES[0] <= len(sets[t]) <= SIZES[1]]


def by_rank(sets, scores):
    rows, used = [], in_range(sets)
    for t in used:
        own = np.zeros(N_GENES, bool)
        own[sorted(sets[t])] = True
        test = stats.mannwhitneyu(scores[own], scores[~own], use_continuity=False,
                                  alternative="two-sided", method="asymptotic")
        auc = test.statistic / (own.sum() * (~own).sum())
        rows.append([t, int(own.sum()), float(test.pvalue), float(auc)])
    adjusted = multipletests([row[2] for row in rows], method="fdr_bh")[1]
    return [row + [float(p)] for row, p in zip(rows, adjusted)]


def preranked(sets, ranking):
    """gseapy's enrichment score, normalised score, p and leading edge of each term of the sizes."""
    gmt = {str(t): [f"g{g}" for g in sorted(sets[t])] for t in in_range(sets)}
    table = pd.Series(ranking, index=[f"g{g}" for g in range(N_GENES)])
    found = gseapy.prerank(
        rnk=table, gene_sets=gmt, min_size=SIZES[0], max_size=SIZES[1], permutation_num=20000,
        weight=1.0, outdir=None, no_plot=True, seed=1, threads=1,
    ).results
    rows = []
    for t in in_range(sets):
        r = found[str(t)]
        edge = sorted(int(g[1:]) for g in r["lead_genes"].split(";"))
        rows.append([t, r["es"], r["nes"], r["pval"], edge])
    return rows


def main():
    warnings.filterwarnings("ignore")
    rng = np.random.default_rng(4)
    parents = hierarchy(rng)
    own = [sorted(rng.choice(N_TERMS, int(rng.integers(0, 4)), replace=False).tolist())
           for _ in range(N_GENES)]
    sets = genes_of_terms(own, parents)
    planted = sorted(sets[PLANTED])
    rest = np.setdiff1d(np.arange(N_GENES), planted)
    selected = planted[: N_SELECTED // 2]
    selected = sorted(selected + rng.choice(rest, N_SELECTED - len(selected), False).tolist())
    # To one decimal, so that scores tie.
    scores = np.round(rng.normal(size=N_GENES) + np.isin(np.arange(N_GENES), planted) * 1.5, 1)
    over = over_representation(own, parents, sets, selected)
    small = [row for row in over if SIZES[0] <= row[1] <= SIZES[1]]
    adjusted = multipletests([row[2] for row in small], method="fdr_bh")[1]
    golden = {
        "terms_of_gene": own,
        "parents": parents,
        "planted": PLANTED,
        "selected": selected,
        "scores": scores.tolist(),
        "sizes": SIZES,
        "over_representation": over,
        "small": [[row[0], float(p)] for row, p in zip(small, adjusted)],
        "by_rank": by_rank(sets, scores),
    }
    # Later draws than all others, which they leave as they were; untied, as their order must be known.
    ranking = rng.normal(size=N_GENES) + np.isin(np.arange(N_GENES), planted) * 1.5
    golden["ranking"] = [round(float(x), 6) for x in ranking]
    golden["preranked"] = preranked(sets, golden["ranking"])
    path = HERE / "enrichment.json"
    path.write_text(json.dumps(golden, separators=(",", ":")) + "\n")
    print(path.stat().st_size, len(over), len(small), len(planted), sorted(over, key=lambda r: r[2])[:4])


if __name__ == "__main__":
    main()
