#!/usr/bin/env bash
# Runs the native tests. A software Vulkan adapter stands in where there is no GPU; with
# GPU_TESTS=required (as CI sets it) a missing adapter is a failure, otherwise a visible skip.
set -euo pipefail
cd "$(dirname "$0")"
. ./versions.sh
if [ -z "${VK_ICD_FILENAMES:-}" ] && ! ls /dev/dri/renderD* >/dev/null 2>&1; then
  icd=$(./vulkan.sh)
  [ -n "$icd" ] && export VK_ICD_FILENAMES="$icd"
fi
LEXICELL_PYTHON="${LEXICELL_PYTHON:-$(./python.sh)}"
export LEXICELL_PYTHON
LEXICELL_MODEL_DIR="${LEXICELL_MODEL_DIR:-$(node ./model-folder.mjs)}"
[ -z "$LEXICELL_MODEL_DIR" ] || export LEXICELL_MODEL_DIR
cd ..
[ -d "${LEXICELL_SHARED:-../shared}" ] || say "SKIPPED: tests on real data sets, since there is no ../shared folder"
cargo test --workspace --locked "$@"
