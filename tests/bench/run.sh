#!/usr/bin/env bash
# Compares speed and memory with onnxruntime-web and scran.js in one browser; see README.md.
# CHROME names the browser, LEXICELL_DIST the built page (dist/ otherwise). Nothing is asserted.
set -euo pipefail
cd "$(dirname "$0")"
. ../../setup/versions.sh
ORT_VERSION=1.30.0
SCRAN_VERSION=4.1.0
PYTHON_PACKAGES=(onnx==1.19.1 numpy==2.4.6 h5py==3.16.0 tokenizers==0.23.3)

home="$LEXICELL_CACHE/bench"
dist="${LEXICELL_DIST:-$PWD/../../dist}"
[ -f "$dist/assets/index.json" ] || fail "there is no built page in $dist: run 'make dist' first"
mkdir -p "$home"

peers="$home/peers"
if [ "$(cat "$peers/version" 2>/dev/null)" != "$ORT_VERSION $SCRAN_VERSION" ]; then
  say "installing onnxruntime-web $ORT_VERSION and scran.js $SCRAN_VERSION"
  rm -rf "$peers"
  npm install --silent --no-audit --no-fund --prefix "$peers" "onnxruntime-web@$ORT_VERSION" "scran.js@$SCRAN_VERSION" >&2
  # A worker has no import map: the one bare import is written out, as a bundler would.
  find "$peers/node_modules/scran.js/browser" -name '*.js' -exec \
    sed -i "s#from ['\"]wasmarrays.js['\"]#from '/peers/wasmarrays.js/src/index.js'#" {} +
  echo "$ORT_VERSION $SCRAN_VERSION" > "$peers/version"
fi

python="$home/python/bin/python"
if [ "$(cat "$home/python/version" 2>/dev/null)" != "${PYTHON_PACKAGES[*]}" ]; then
  has python3 || fail "python3 is missing: install it from your package manager, then try again"
  say "installing ${PYTHON_PACKAGES[*]}"
  rm -rf "$home/python"
  python3 -m venv "$home/python" || { need_packages python3-venv; python3 -m venv "$home/python"; }
  "$home/python/bin/pip" install --quiet --disable-pip-version-check "${PYTHON_PACKAGES[@]}" >&2
  echo "${PYTHON_PACKAGES[*]}" > "$home/python/version"
fi

asset() { # role
  node -e 'const [index, role] = process.argv.slice(1); console.log(require(index).models[0].files.find((file) => file.role === role).file)' "$dist/assets/index.json" "$1"
}
config=$(asset config.json) weights=$(asset model.safetensors)
# Names of assets hold their hash: another model makes other graphs.
made="$weights $(cksum < minilm_onnx.py)"
if [ "$(cat "$home/onnx/made" 2>/dev/null)" != "$made" ]; then
  say "writing the page's model as ONNX"
  "$python" minilm_onnx.py "$dist/assets/$config" "$dist/assets/$weights" "$home/onnx"
  echo "$made" > "$home/onnx/made"
fi
made="$(cksum < make_cells.py)"
if [ "$(cat "$home/data/made" 2>/dev/null)" != "$made" ]; then
  say "writing 20,000 synthetic cells"
  mkdir -p "$home/data"
  "$python" make_cells.py "$home/data/cells.h5ad" >&2
  echo "$made" > "$home/data/made"
fi

LEXICELL_DIST="$dist" BENCH_HOME="$home" BENCH_PYTHON="$python" BENCH_PEERS="onnxruntime-web $ORT_VERSION, scran.js $SCRAN_VERSION" \
  exec node bench.mjs "$@"
