"""Small HDF5 files in every encoding that is met in the wild, and what must be read from them.

Run: python make_fixtures.py  (needs numpy, scipy, pandas, h5py, anndata 0.12 and the zstd command).
Every file holds the same 12 cells × 9 genes; expected.json is written from the arrays, not read back.
"""
import json, os, subprocess, warnings
import anndata as ad, h5py, numpy as np, pandas as pd, scipy.sparse as sp

warnings.filterwarnings("ignore")
HERE = os.path.dirname(os.path.abspath(__file__))
rng = np.random.default_rng(7)
N, G = 12, 9
COUNTS = (rng.poisson(1.2, (N, G)) * rng.integers(0, 2, (N, G))).astype(np.float32)
COUNTS[3] = 0  # a cell without counts
COUNTS[:, 5] = 0  # a gene without counts
COUNTS[0, 0] = 7
LOG = np.log1p(COUNTS / np.maximum(COUNTS.sum(1, keepdims=True), 1) * 1e4).astype(np.float32)
SCALED = ((LOG - LOG.mean(0)) / np.maximum(LOG.std(0), 1)).astype(np.float32)
CELLS = [f"AAAC{i:04d}-1" for i in range(N)]
GENES = ["Gad1", "Gad2", "Slc17a7", "Vip", "Sst", "Pvalb", "Actb", "Gapdh", "Malat1"]
IDS = [f"ENSMUSG{i:011d}" for i in range(G)]
TYPES = ["Inh", "Exc ", "Inh", None, "Exc ", "Glia"] * 2
LEVELS = ["Exc ", "Glia", "Inh"]
CODES = [LEVELS.index(t) if t else -1 for t in TYPES]
INTS = list(range(100, 100 + N))
FLOATS = [i / 4 for i in range(N)]
BOOLS = [i % 3 == 0 for i in range(N)]
TEXTS = [f"Zürich {i}" for i in range(N)]
MASK = [i % 5 == 2 for i in range(N)]
masked = lambda values: [None if m else v for v, m in zip(values, MASK)]
VLEN = h5py.string_dtype("utf-8")
expected = {}


def path(name):
    return os.path.join(HERE, name)


def reads(name, matrix, x, obs, var=None, cells=CELLS, genes=GENES, **more):
    """What must be read: the matrix that is chosen, all of its values, obs and var columns."""
    keep = lambda v: None if v is None or (isinstance(v, float) and v != v) else v
    columns = lambda table: {k: [keep(v) for v in vs] for k, vs in table.items()}
    expected[name] = dict(matrix=matrix, x=[[float(v) for v in row] for row in np.asarray(x)], cells=cells, genes=genes,
                          obs=columns(obs), var=columns(var or {}), **more)


def refuses(name, kind, *words):
    expected[name] = dict(refused=kind, words=list(words))


def group(parent, name, encoding, version="0.1.0"):
    g = parent.create_group(name)
    g.attrs["encoding-type"], g.attrs["encoding-version"] = encoding, version
    return g


def texts(parent, name, values):
    d = parent.create_dataset(name, data=np.array(values, dtype=object), dtype=VLEN)
    d.attrs["encoding-type"], d.attrs["encoding-version"] = "string-array", "0.2.0"
    return d


def sparse(parent, name, m, **options):
    m = m if sp.issparse(m) else sp.csr_matrix(m)
    g = group(parent, name, f"{m.format}_matrix")
    g.attrs["shape"] = m.shape
    for part in ("data", "indices", "indptr"):
        g.create_dataset(part, data=getattr(m, part), **options)
    return g


def frame(parent, name, index, columns=None, index_name="_index"):
    g = group(parent, name, "dataframe", "0.2.0")
    g.attrs["_index"] = index_name
    g.attrs["column-order"] = np.array(list(columns or {}), dtype=object) if columns else np.zeros(0, "S1")
    texts(g, index_name, index)
    for key, value in (columns or {}).items():
        g.create_dataset(key, data=value)
    return g


def h5ad(name, x=None, **options):
    f = h5py.File(path(name), "w", **options)
    f.attrs["encoding-type"], f.attrs["encoding-version"] = "anndata", "0.1.0"
    if x is not None:
        sparse(f, "X", x)
    return f


def modern():
    """anndata 0.12 itself: categorical, nullable and plain columns, raw, layers, obsm; gzip, lzf, none; CSR, CSC, dense."""
    obs = pd.DataFrame(dict(
        type=pd.Categorical(TYPES, categories=LEVELS), text=TEXTS, count=INTS, share=FLOATS, flag=BOOLS,
        maybe_count=pd.array(masked(INTS), dtype="Int64"), maybe_flag=pd.array(masked(BOOLS), dtype="boolean"),
        level=pd.Categorical([i % 3 for i in range(N)]),
    ), index=CELLS)
    want = dict(type=TYPES, text=TEXTS, count=INTS, share=FLOATS, flag=BOOLS, maybe_count=masked(INTS),
                maybe_flag=masked(BOOLS), level=[str(i % 3) for i in range(N)])
    var = pd.DataFrame(dict(gene_ids=IDS, n=np.arange(G, dtype=np.uint16)), index=GENES)
    for name, x, compression in [
        ("csr_gzip.h5ad", sp.csr_matrix(COUNTS), "gzip"),
        ("csc_lzf.h5ad", sp.csc_matrix(COUNTS.astype(np.float64)), "lzf"),
        ("dense_none.h5ad", COUNTS.astype(np.int64), None),
    ]:
        a = ad.AnnData(x, obs, var, obsm=dict(X_umap=rng.random((N, 2)), table=pd.DataFrame(dict(a=FLOATS), index=CELLS)))
        a.write_h5ad(path(name), compression=compression)
        reads(name, "X", COUNTS, want, dict(gene_ids=IDS, n=list(range(G))), obsm=dict(X_umap=2))
    a = ad.AnnData(sp.csr_matrix(LOG), obs[["type"]], var)
    a.raw = a
    a = a[:, :4].copy()
    a.X = SCALED[:, :4]
    a.write_h5ad(path("scaled_with_raw.h5ad"))
    reads("scaled_with_raw.h5ad", "raw/X", LOG, dict(type=TYPES), dict(gene_ids=IDS, n=list(range(G))))
    a = ad.AnnData(sp.csr_matrix(LOG), obs[["type"]], var[[]], layers=dict(counts=sp.csc_matrix(COUNTS), scaled=SCALED))
    a.write_h5ad(path("layers.h5ad"))
    reads("layers.h5ad", "layers/counts", COUNTS, dict(type=TYPES))
    a = ad.AnnData(None, obs[["type"]], var[[]], layers=dict(counts=sp.csr_matrix(COUNTS)))
    a.write_h5ad(path("null_x.h5ad"))
    reads("null_x.h5ad", "layers/counts", COUNTS, dict(type=TYPES))
    a = ad.AnnData(None, obs[["type"]], var[[]])
    a.write_h5ad(path("no_matrix.h5ad"))
    refuses("no_matrix.h5ad", "NoMatrix", "without its matrix")


def string_groups():
    """anndata 0.13 with pandas 3: the index itself and every text column is a group of values and mask."""
    with h5ad("string_groups.h5ad", COUNTS) as f:
        for slot, index, column in (("obs", CELLS, TEXTS), ("var", GENES, IDS)):
            g = group(f, slot, "dataframe", "0.2.0")
            g.attrs["_index"] = "_index"
            g.attrs["column-order"] = np.array(["text", "type"][: 2 if slot == "obs" else 1], dtype=object)
            mask = MASK if slot == "obs" else [False] * G
            for name, values, hidden in (("_index", index, [False] * len(index)), ("text", column, mask)):
                c = group(g, name, "nullable-string-array")
                texts(c, "values", values)
                c.create_dataset("mask", data=np.array(hidden))
        c = group(f["obs"], "type", "categorical", "0.2.0")
        c.create_dataset("codes", data=np.array(CODES, np.int8))
        levels = group(c, "categories", "nullable-string-array")
        texts(levels, "values", LEVELS)
        levels.create_dataset("mask", data=np.zeros(3, bool))
    reads("string_groups.h5ad", "X", COUNTS, dict(text=masked(TEXTS), type=TYPES), dict(text=IDS))


def records():
    """anndata 0.6: obs and var as records with variable-length strings, categories in uns, raw.X at the root."""
    with h5py.File(path("records.h5ad"), "w") as f:
        obs = np.zeros(N, [("index", VLEN), ("type", "i1"), ("share", "f4"), ("flag", "?"), ("count", "i8"), ("text", VLEN)])
        for key, values in dict(index=CELLS, type=CODES, share=FLOATS, flag=BOOLS, count=INTS, text=TEXTS).items():
            obs[key] = values
        f.create_dataset("obs", data=obs)
        var = np.zeros(G, [("index", "S12"), ("gene_ids", VLEN)])
        var["index"], var["gene_ids"] = [g.encode() for g in GENES], IDS
        f.create_dataset("raw.var", data=var)
        f.create_dataset("var", data=var[:4], compression="gzip")
        f.create_dataset("uns/type_categories", data=np.array(LEVELS, dtype=object), dtype=VLEN)
        f.create_dataset("X", data=SCALED[:, :4])
        g = sparse(f, "raw.X", LOG)
        g.attrs.clear()
        g.attrs["h5sparse_format"], g.attrs["h5sparse_shape"] = b"csr", LOG.shape
        obsm = np.zeros(N, [("X_pca", "f4", (3,))])
        obsm["X_pca"] = rng.random((N, 3))
        f.create_dataset("obsm", data=obsm)
    reads("records.h5ad", "raw/X", LOG, dict(type=TYPES, share=FLOATS, flag=BOOLS, count=INTS, text=TEXTS),
          dict(gene_ids=IDS), obsm=dict(X_pca=3))


def category_references():
    """anndata 0.7: categories in obs/__categories, behind an object reference; an index that is not called _index."""
    with h5py.File(path("category_references.h5ad"), "w") as f:
        g = sparse(f, "X", sp.csc_matrix(COUNTS))
        obs = frame(f, "obs", CELLS, dict(type=np.array(CODES, np.int8), count=INTS), "barcode")
        levels = obs.create_dataset("__categories/type", data=np.array(LEVELS, dtype=object), dtype=VLEN)
        obs["type"].attrs["categories"] = levels.ref
        frame(f, "var", GENES, index_name="symbol")
    reads("category_references.h5ad", "X", COUNTS, dict(type=TYPES, count=INTS))


def numbers():
    """Half precision, big-endian and 64-bit indices, a user block, and the newest file layout."""
    with h5ad("half_big_endian.h5ad", userblock_size=512) as f:
        m = sp.csr_matrix(COUNTS)
        g = group(f, "X", "csr_matrix")
        g.attrs["shape"] = m.shape
        g.create_dataset("data", data=m.data.astype(np.float16), chunks=(5,), shuffle=True, compression="gzip", fletcher32=True)
        g.create_dataset("indices", data=m.indices.astype(">i8"), chunks=(7,))
        g.create_dataset("indptr", data=m.indptr.astype(">u4"))
        frame(f, "obs", CELLS)
        frame(f, "var", GENES)
    reads("half_big_endian.h5ad", "X", COUNTS, {})
    with h5ad("latest.h5ad", libver="latest") as f:
        f.create_dataset("X", data=COUNTS.astype(np.float64), chunks=(5, 4), maxshape=(None, None))
        frame(f, "obs", CELLS, dict(count=INTS))
        frame(f, "var", GENES)
    reads("latest.h5ad", "X", COUNTS, dict(count=INTS))
    x = LOG.copy()
    x[1, 2], x[2, 2] = np.nan, np.inf
    with h5ad("not_finite.h5ad") as f:
        f.create_dataset("X", data=x)
        frame(f, "obs", CELLS)
        frame(f, "var", GENES)
    reads("not_finite.h5ad", "X", np.where(np.isfinite(x), x, 0), {}, note="2 values are NaN")


def filters():
    """zstd, which is read, and blosc, which is refused by its name."""
    for name, number, pack in (
        ("zstd.h5ad", 32015, lambda raw: subprocess.run(["zstd", "-19", "-c"], input=raw, stdout=subprocess.PIPE, check=True).stdout),
        ("blosc.h5ad", 32001, lambda raw: raw[::-1]),
    ):
        with h5ad(name) as f:
            plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
            plist.set_chunk((N, G))
            plist.set_filter(number, h5py.h5z.FLAG_OPTIONAL, (3,))
            space = h5py.h5s.create_simple((N, G))
            d = h5py.Dataset(h5py.h5d.create(f.id, b"X", h5py.h5t.IEEE_F32LE, space, plist))
            d.id.write_direct_chunk((0, 0), pack(COUNTS.tobytes()))
            frame(f, "obs", CELLS)
            frame(f, "var", GENES)
    reads("zstd.h5ad", "X", COUNTS, {})
    refuses("blosc.h5ad", "Unsupported", "blosc", "32001", "/X")


def odd_columns():
    """Columns that are no columns are dropped; everything else loads. Names repeat, a label ends in a blank."""
    cells, genes = CELLS[:-1] + CELLS[:1], GENES[:-1] + GENES[:1]
    with h5ad("odd_columns.h5ad", COUNTS) as f:
        obs = frame(f, "obs", cells, dict(good=INTS, short=INTS[:3], wide=np.ones((N, 2))))
        d = obs.create_dataset("lists", (N,), h5py.vlen_dtype(np.int32))
        obs.create_dataset("pairs", data=np.zeros(N, [("a", "i4"), ("b", "f4")]))
        null = obs.create_dataset("nothing", data=h5py.Empty("f4"))
        null.attrs["encoding-type"] = "null"
        bad = group(obs, "bad_code", "categorical", "0.2.0")
        bad.create_dataset("codes", data=np.array([9] * N, np.int8))
        texts(bad, "categories", LEVELS)
        group(obs, "awkward", "awkward-array")
        obs.create_dataset("latin1", data=np.array([b"caf\xe9"] * N))
        frame(f, "var", genes)
        uns = f.create_group("uns")
        uns.create_dataset("nothing", data=h5py.Empty("f4"))
    reads("odd_columns.h5ad", "X", COUNTS, dict(good=INTS, latin1=["café"] * N), cells=cells, genes=genes,
          dropped=["short", "wide", "lists", "pairs", "nothing", "bad_code", "awkward"], note="repeat an earlier one")


def mismatches():
    with h5ad("wrong_shape.h5ad", COUNTS[:, :5]) as f:
        frame(f, "obs", CELLS)
        frame(f, "var", GENES)
    refuses("wrong_shape.h5ad", "Mismatch", "12 cells × 9 genes", "12 × 5")
    with h5ad("bad_index.h5ad", COUNTS) as f:
        f["X/indices"][4] = 77
        frame(f, "obs", CELLS)
        frame(f, "var", GENES)
    refuses("bad_index.h5ad", "Damaged", "gene 77", "9 genes")
    with h5ad("falling_indptr.h5ad", COUNTS) as f:
        f["X/indptr"][2] = 1000
        frame(f, "obs", CELLS)
        frame(f, "var", GENES)
    refuses("falling_indptr.h5ad", "Damaged", "/X/indptr", "rising numbers")
    with h5py.File(path("no_names.h5"), "w") as f:
        f["X"], f["Y"] = np.tile(COUNTS, (1, 2)), np.arange(N)
    refuses("no_names.h5", "MissingNames", "gene names", "X (12 × 18 float32)", "var=")


def mudata():
    with h5py.File(path("two_modalities.h5mu"), "w") as f:
        f.attrs["encoding-type"] = "MuData"
        frame(f, "obs", CELLS)
        frame(f, "var", GENES)
        for name, x in (("prot", COUNTS[:, :2]), ("rna", COUNTS)):
            g = group(f, f"mod/{name}", "anndata")
            sparse(g, "X", x)
            frame(g, "obs", CELLS, dict(count=INTS))
            frame(g, "var", GENES[: x.shape[1]])
    reads("two_modalities.h5mu", "X", COUNTS, dict(count=INTS), note="mod/rna is read")


def tenx():
    m = sp.csr_matrix(COUNTS.astype(np.int32))
    fixed = lambda values: np.array([v.encode() for v in values])
    def matrix(f, name):
        g = f.create_group(name)
        g["barcodes"], g["data"], g["indices"], g["indptr"] = fixed(CELLS), m.data, m.indices.astype(np.int64), m.indptr.astype(np.int64)
        g["shape"] = np.array([G, N], np.int32)
        return g
    kinds = ["Gene Expression"] * 6 + ["Antibody Capture"] * 2 + ["Gene Expression"]
    genomes = ["GRCh38"] * 4 + ["mm10"] * 2 + [""] * 2 + ["mm10"]
    with h5py.File(path("tenx_v3.h5"), "w") as f:
        g = matrix(f, "matrix")
        g["filtered_barcodes"] = np.array(BOOLS)
        for key, values in dict(id=IDS, name=GENES, feature_type=kinds, genome=genomes).items():
            g[f"features/{key}"] = fixed(values)
        g["features/_all_tag_keys"] = fixed(["genome"])
        g["features/target_sets/panel"] = np.arange(3)
    pick = lambda values, flags: [v for v, k in zip(values, flags) if k]
    keep = [k == "Gene Expression" for k in kinds]
    var = dict(gene_ids=IDS, feature_types=kinds, genome=genomes)
    reads("tenx_v3.h5", "matrix", COUNTS[:, keep], dict(filtered_barcodes=BOOLS), {k: pick(v, keep) for k, v in var.items()},
          genes=pick(GENES, keep), note="2 × Antibody Capture")
    with h5py.File(path("tenx_v3_peaks.h5"), "w") as f:
        g = matrix(f, "matrix")
        for key, values in dict(id=IDS, name=GENES, feature_type=["Peaks"] * G, genome=["GRCh38"] * G).items():
            g[f"features/{key}"] = fixed(values)
    refuses("tenx_v3_peaks.h5", "NoMatrix", "9 × Peaks", "Gene Expression")
    with h5py.File(path("tenx_v2_two_genomes.h5"), "w") as f:
        for genome, scale in (("hg19", 1), ("mm10", 0)):
            g = matrix(f, genome)
            g["genes"], g["gene_names"] = fixed(IDS), fixed(GENES)
            if not scale:
                del g["data"], g["indices"], g["indptr"]
                g["data"], g["indices"], g["indptr"] = np.zeros(0, np.int32), np.zeros(0, np.int64), np.zeros(N + 1, np.int64)
    reads("tenx_v2_two_genomes.h5", "hg19", COUNTS, {}, dict(gene_ids=IDS), note="2 genomes")
    with h5py.File(path("molecule_info.h5"), "w") as f:
        f["barcode_idx"], f["count"], f["umi"] = np.arange(5), np.arange(5), np.arange(5)
    refuses("molecule_info.h5", "NoMatrix", "molecule_info", "filtered_feature_bc_matrix.h5")


def loom():
    """Version 2 with escaped bytes and a chunked matrix; version 3 unchunked, without cell names, with layers."""
    with h5py.File(path("loom_v2.loom"), "w") as f:
        f.attrs["LOOM_SPEC_VERSION"] = np.bytes_(b"2.0.1")
        f.create_dataset("matrix", data=COUNTS.T, chunks=(4, 5), compression="gzip")
        f["row_attrs/Gene"], f["row_attrs/Accession"] = np.array([g.encode() for g in GENES]), np.array([i.encode() for i in IDS])
        f["col_attrs/CellID"] = np.array([c.encode() for c in CELLS])
        f["col_attrs/Place"] = np.array([f"Z&#252;rich &amp; {i}".encode() for i in range(N)])
        f["col_attrs/Batch"] = np.array(FLOATS).reshape(N, 1)
        f["col_attrs/Spatial"] = rng.random((N, 2))
        f["col_attrs/Factors"] = np.zeros((N, 2, 2))
        for name in ("row_graphs", "col_graphs", "layers"):
            f.create_group(name)
    reads("loom_v2.loom", "matrix", COUNTS, dict(Place=[f"Zürich & {i}" for i in range(N)], Batch=FLOATS), dict(Accession=IDS),
          obsm=dict(Spatial=2), dropped=["Factors"])
    with h5py.File(path("loom_v3.loom"), "w") as f:
        f.create_dataset("attrs/LOOM_SPEC_VERSION", data="3.0.0", dtype=VLEN)
        f["matrix"] = LOG.T.astype(np.float64)
        f["layers/counts"] = COUNTS.T.astype(np.int16)
        f.create_dataset("row_attrs/GeneName", data=np.array(GENES, dtype=object), dtype=VLEN)
        f["col_attrs/Clusters"] = np.arange(N) % 3
    reads("loom_v3.loom", "layers/counts", COUNTS, dict(Clusters=[i % 3 for i in range(N)]), cells=[str(i) for i in range(N)],
          note="no names")
    with h5py.File(path("loom_without_genes.loom"), "w") as f:
        f["matrix"] = COUNTS.T
        f["row_attrs/Length"], f["col_attrs/CellID"] = np.arange(G), np.array([c.encode() for c in CELLS])
    refuses("loom_without_genes.loom", "MissingNames", "gene names", "Length")


for make in (modern, string_groups, records, category_references, numbers, filters, odd_columns, mismatches, mudata, tenx, loom):
    make()
with open(path("expected.json"), "w") as f:
    json.dump(expected, f, indent=None, separators=(",", ":"), sort_keys=True, allow_nan=False)
    f.write("\n")
print(len(expected), "files")
