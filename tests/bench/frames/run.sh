#!/usr/bin/env bash
# How many pictures of the map a second are drawn while it is dragged: tests/bench/README.md, "Frames".
# CHROME names the browser, LEXICELL_DIST the built page (dist/ otherwise), PYTHON one with h5py. Nothing is asserted.
set -euo pipefail
cd "$(dirname "$0")"
data="$(mktemp -d)"
trap 'rm -rf "$data"' EXIT
for cells in 1000 50000 200000; do
  PYTHONDONTWRITEBYTECODE=1 "${PYTHON:-python3}" make_map.py "$data/$cells.h5ad" "$cells" >&2
done
node frames.mjs "$data"
