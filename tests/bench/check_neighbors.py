"""Share of the exact nearest neighbours that a saved data set holds; cells' own components are the reference.

    python check_neighbors.py SAVED.h5ad STEP

Every STEP-th cell is compared with all others in double precision: cosine distance of the centred components.
Neighbours at the same distance as the last exact one count as found.
"""

import sys

import h5py
import numpy as np

with h5py.File(sys.argv[1]) as file:
    x = file["obsm/X_pca"][:].astype(np.float64)
    distances = file["obsp/pca_distances"]
    indptr, indices = distances["indptr"][:], distances["indices"][:]
x -= x.mean(axis=0)
x /= np.linalg.norm(x, axis=1, keepdims=True)
shares = []
for cell in range(0, len(x), int(sys.argv[2])):
    found = indices[indptr[cell] : indptr[cell + 1]]
    similarity = x @ x[cell]
    similarity[cell] = -np.inf
    last = np.sort(similarity)[-len(found)]
    shares.append(np.mean(similarity[found] >= last - 1e-6))
print(np.mean(shares))
