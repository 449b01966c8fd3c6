"""Writes the gene names of real data sets, one a line, gzipped: input of the mapping tests.

Run with a Python that has anndata and loompy; data from $LEXICELL_SHARED or ../shared/data.
"""
import gzip
import os
from pathlib import Path

import anndata
import h5py

ROOT = Path(__file__).resolve().parents[3]
DATA = Path(os.environ.get("LEXICELL_SHARED", ROOT.parent / "shared" / "data")) / "sc"
SETS = {
    "human_iPSC_RGC_ascend_110x33020.h5ad": None,
    "human_pbmc3k_seurat_2638x13714.h5ad": None,
    "mouse_MOp_sub_2284x500.h5ad": None,
    "mouse_P6cortex_glia_projectR_5598x2996_ensembl.h5ad": None,
    "mouse_lung_immune_CLUEY_800x24248.h5ad": None,
    "10x_pbmc68k_reduced.h5ad": None,
    "scvelo_pancreas_50obs.h5ad": None,
    "scvi_smfish_mouse_cortex.h5ad": None,
    "scenic_mouseBrain_toy.loom": "Gene",
    "scvi_starmap_mouse_mpfc.loom": "Gene",
}

for name, column in SETS.items():
    if column is None:
        names = list(anndata.read_h5ad(DATA / name).var_names)
    else:
        with h5py.File(DATA / name) as file:
            names = [x.decode() if isinstance(x, bytes) else str(x) for x in file["row_attrs"][column][:]]
    out = Path(__file__).with_name(name.rsplit(".", 1)[0] + ".txt.gz")
    out.write_bytes(gzip.compress("".join(f"{n}\n" for n in names).encode(), 9, mtime=0))
    print(out.name, len(names), names[:4])
