"""Reads an h5ad with scanpy and compares it with a JSON dump of what was written.

Run: python check_h5ad.py FILE.h5ad DUMP.json   (exit status 1 and a line for each difference)
"""

import json
import sys
import warnings

import numpy as np
import pandas as pd
import scanpy as sc
import scipy.sparse as sp

warnings.filterwarnings("ignore")
differences = []


def check(what, expected, found):
    if expected != found:
        differences.append(f"{what}: expected {str(expected)[:200]}, found {str(found)[:200]}")


def matrix(what, expected, found):
    check(f"{what} shape", expected["shape"], list(found.shape))
    check(f"{what} type", "float32", str(found.dtype))
    dense = np.asarray(found.todense() if sp.issparse(found) else found)
    if "values" in expected:
        check(f"{what} values", expected["values"], dense.tolist())
    else:
        check(f"{what} nnz", expected["nnz"], int(found.nnz))
        check(f"{what} sum", expected["sum"], float(dense.sum(dtype=np.float64)))
        check(f"{what} weighted sum", expected["weighted"],
              float((dense.astype(np.float64) * (np.arange(dense.shape[1]) % 97)[None, :]
                     * (1 + np.arange(dense.shape[0]) % 89)[:, None]).sum()))


def plain(series):
    return [None if pd.isna(value) else value.item() if hasattr(value, "item") else value
            for value in series]


def frame(what, expected, found):
    check(f"{what} index", expected["index"], list(found.index))
    check(f"{what} columns", [column["name"] for column in expected["columns"]], list(found.columns))
    for column in expected["columns"]:
        if column["name"] not in found:
            continue
        series = found[column["name"]]
        name = f"{what}[{column['name']!r}]"
        check(f"{name} dtype", column["dtype"], str(series.dtype))
        check(name, column["values"], plain(series))
        if column["dtype"] == "category":
            check(f"{name} categories", column["categories"], list(series.cat.categories))


adata = sc.read_h5ad(sys.argv[1])
dump = json.load(open(sys.argv[2]))
check("X is CSR", True, sp.isspmatrix_csr(adata.X) or isinstance(adata.X, sp.csr_array))
matrix("X", dump["X"], adata.X)
frame("obs", dump["obs"], adata.obs)
frame("var", dump["var"], adata.var)
for slot in ("obsm", "varm", "obsp"):
    held = getattr(adata, slot)
    check(f"{slot} keys", sorted(dump[slot]), sorted(held.keys()))
    for key, expected in dump[slot].items():
        if key in held:
            matrix(f"{slot}[{key!r}]", expected, held[key])
check("uns", dump["uns"], dict(adata.uns))
print("\n".join(differences) or "equal")
sys.exit(1 if differences else 0)
