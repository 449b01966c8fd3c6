"""Writes the modularity that leidenalg reaches on the graphs of `../graph`.

Needs scanpy, leidenalg and igraph. `modularity` is leidenalg's quality of RBConfigurationVertexPartition
divided by twice the total weight, run until nothing improves (n_iterations = -1).
"""

import json
import sys
import time
from pathlib import Path

import igraph
import leidenalg
import numpy as np

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "graph"))
from generate import connectivities  # noqa: E402

SETS = ["pbmc68k", "pbmc3k", "cortex"]
RESOLUTIONS = [0.5, 1.0, 2.0]
SEEDS = range(5)


def main():
    golden = {"leidenalg": leidenalg.version, "sets": {}}
    for name in SETS:
        graph = connectivities(np.load(HERE.parent / "graph" / f"{name}.npy")).tocoo()
        upper = graph.row < graph.col
        edges = list(zip(graph.row[upper].tolist(), graph.col[upper].tolist()))
        weights = graph.data[upper].astype(float).tolist()
        network = igraph.Graph(n=graph.shape[0], edges=edges)
        golden["sets"][name] = []
        for resolution in RESOLUTIONS:
            modularities, sizes, seconds = [], [], []
            for seed in SEEDS:
                start = time.process_time()
                partition = leidenalg.find_partition(
                    network,
                    leidenalg.RBConfigurationVertexPartition,
                    weights=weights,
                    resolution_parameter=resolution,
                    n_iterations=-1,
                    seed=seed,
                )
                seconds.append(time.process_time() - start)
                modularities.append(partition.quality() / (2 * sum(weights)))
                sizes.append(len(partition))
            golden["sets"][name].append(
                {"resolution": resolution, "modularity": modularities, "n_clusters": sizes}
            )
            print(name, resolution, max(modularities), np.mean(modularities), sizes)
            print(f"  {np.median(seconds):.3f} s")
    (HERE / "modularity.json").write_text(json.dumps(golden, indent=1) + "\n")


if __name__ == "__main__":
    main()
