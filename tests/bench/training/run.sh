#!/usr/bin/env bash
# Training of a SupCon head on one thread: ours against PyTorch, three turns of each, and their ratio.
# EPOCHS (100) and PYTHON (python3, with PyTorch) may be set.
set -euo pipefail
cd "$(dirname "$0")/../../.."
epochs="${EPOCHS:-100}"
cargo build --release --quiet --locked -p lexicell-analysis --example training_bench
ours="${CARGO_TARGET_DIR:-target}/release/examples/training_bench"
results="$(mktemp)"
trap 'rm -f "$results"' EXIT
for _ in 1 2 3; do
  echo "ours $("$ours" "$epochs")" | tee -a "$results"
  echo "torch $(OMP_NUM_THREADS=1 MKL_NUM_THREADS=1 "${PYTHON:-python3}" tests/bench/training/torch_peer.py "$epochs")" | tee -a "$results"
done
# The fastest turn of each: the others had to share the processor.
"${PYTHON:-python3}" - "$results" <<'PYTHON'
import json, sys
turns = [line.split(" ", 1) for line in open(sys.argv[1])]
best = {side: min(json.loads(text)["ms_per_step"] for own, text in turns if own == side) for side in ("ours", "torch")}
print(f"ours {best['ours']:.2f} ms, PyTorch {best['torch']:.2f} ms a step: ratio {best['ours'] / best['torch']:.2f}")
PYTHON
