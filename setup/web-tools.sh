#!/usr/bin/env bash
# Installs what builds the page: trunk, wasm-bindgen and wasm-opt, each at its pinned version, once.
set -euo pipefail
cd "$(dirname "$0")"
. ./versions.sh

has cargo || fail "cargo is missing: install Rust with rustup, then try again"
has node && has npm || fail "Node.js with npm is missing: install it from your package manager, then try again"

# Tools are built to be run a few times: quick to compile matters more than quick to run.
install_tool() { # crate version binary [cargo flags]
  local crate=$1 version=$2 binary=$3
  shift 3
  if [ "$("$TOOLS/bin/$binary" --version 2>/dev/null | grep -oE '[0-9]+\.[0-9]+\.[0-9]+' | head -1)" = "$version" ]; then return; fi
  say "installing $crate $version (once, a few minutes)"
  CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 CARGO_PROFILE_RELEASE_OPT_LEVEL=1 \
    CARGO_TARGET_DIR="$LEXICELL_CACHE/tools-build" \
    cargo install "$crate" --version "$version" --root "$TOOLS" --force "$@" >&2
  rm -rf "$LEXICELL_CACHE/tools-build"
}
install_tool wasm-bindgen-cli $WASM_BINDGEN_VERSION wasm-bindgen
install_tool trunk $TRUNK_VERSION trunk --locked --no-default-features --features rustls

# Trunk takes whatever wasm-opt is first on PATH: ours must be.
if [ "$("$TOOLS/bin/wasm-opt" --version 2>/dev/null | grep -oE '[0-9]+' | head -1)" != "${BINARYEN_VERSION%%.*}" ]; then
  say "installing wasm-opt (binaryen $BINARYEN_VERSION)"
  npm install --silent --no-audit --no-fund --prefix "$TOOLS/npm" "binaryen@$BINARYEN_VERSION" >&2
  ln -sf "$TOOLS/npm/node_modules/.bin/wasm-opt" "$TOOLS/bin/wasm-opt"
fi
