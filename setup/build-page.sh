#!/usr/bin/env bash
# Builds the page with Trunk into dist/.
set -euo pipefail
cd "$(dirname "$0")"
. ./versions.sh
toolchain=$(./wasm-toolchain.sh)
cd ..
say "building the page (release, wasm32)"
# A stray RUSTFLAGS would silently replace the SIMD flags of .cargo/config.toml.
env -u RUSTFLAGS RUSTUP_TOOLCHAIN="$toolchain" NO_COLOR=true trunk build --release --offline --locked "$@"
