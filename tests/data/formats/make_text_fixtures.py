"""Writes the small files whose names begin with `text_`: tables of gene vectors as people save them.

Run: python make_text_fixtures.py   (numpy, pandas, pyarrow, safetensors)
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
from safetensors.numpy import save_file

HERE = Path(__file__).parent
names = ["TP53", "CD3E", "GAPDH", "MALAT1", "HLA-DRB1", "ACTB", "MS4A1"]
# Multiples of 1/64: exact in half precision and in decimal text.
vectors = (np.arange(7 * 5).reshape(7, 5) * 37 % 101 - 50).astype(np.float32) / 64
frame = pd.DataFrame(vectors, columns=[f"d{i}" for i in range(5)])
frame.insert(0, "gene", names)
lists = pd.DataFrame({"tokens": np.arange(7), "gene": names, "embedding": [row.tolist() for row in vectors]})

np.savez(HERE / "text_vectors.npz", names=np.array(names), vectors=vectors)
np.savez_compressed(HERE / "text_vectors_swapped.npz", arr_0=np.array(names, dtype="S"), arr_1=vectors.astype("f2"))
np.savez(HERE / "text_vectors_each.npz", **{name: row.astype("f8") for name, row in zip(names, vectors)})
np.savez(HERE / "text_vectors_objects.npz", names=np.array(names, dtype=object), vectors=vectors)
np.save(HERE / "text_vectors.npy", vectors)
np.save(HERE / "text_vectors_fortran.npy", np.asfortranarray(vectors.astype(">f4")))
np.save(HERE / "text_vectors_names.npy", np.array(names))
(HERE / "text_vectors_names.txt").write_text("\n".join(["gene", *names]) + "\n")
(HERE / "text_vectors_names.json").write_text(json.dumps(names))
frame.to_csv(HERE / "text_vectors.csv", index=False)
frame.set_index("gene").to_csv(HERE / "text_vectors_plain.tsv", sep="\t", header=False)
lists.to_csv(HERE / "text_vectors_lists.csv")
with open(HERE / "text_vectors_word2vec.txt", "w") as out:
    out.write("7 5\n")
    for name, row in zip(names, vectors):
        out.write(name + " " + " ".join(map(str, row.tolist())) + " \n")
save_file({"vectors": vectors}, HERE / "text_vectors.safetensors", metadata={"names": json.dumps(names)})
save_file({"vectors": vectors.astype(np.float16)}, HERE / "text_vectors_half.safetensors")

import pyarrow as pa
import pyarrow.parquet as pq

pq.write_table(pa.Table.from_pandas(frame), HERE / "text_vectors_columns.parquet")
pq.write_table(pa.Table.from_pandas(lists), HERE / "text_vectors_lists.parquet", compression="zstd")
pq.write_table(pa.Table.from_pandas(lists.astype({"gene": "category"})), HERE / "text_vectors_v2.parquet",
               compression="gzip", data_page_version="2.0", row_group_size=3)
pq.write_table(pa.Table.from_pandas(frame), HERE / "text_vectors_plain.parquet", compression="none",
               use_dictionary=False)
pq.write_table(pa.Table.from_pandas(frame), HERE / "text_vectors_split.parquet", use_dictionary=["gene"],
               column_encoding={f"d{i}": "BYTE_STREAM_SPLIT" for i in range(5)}, row_group_size=4)
fixed = pa.table({"gene": names, "v": pa.FixedSizeListArray.from_arrays(pa.array(vectors.ravel()), 5)})
pq.write_table(fixed, HERE / "text_vectors_fixed.parquet")
pq.write_table(pa.Table.from_pandas(lists), HERE / "text_vectors_brotli.parquet", compression="brotli")
ragged = pa.table({"gene": names[:2], "v": [[1.0, 2.0], [1.0]]})
pq.write_table(ragged, HERE / "text_vectors_ragged.parquet")
