#!/usr/bin/env bash
# Formatting and clippy with warnings denied, for the native target and for wasm32.
set -euo pipefail
cd "$(dirname "$0")"
. ./versions.sh
toolchain=$(./wasm-toolchain.sh)
cd ..
say "formatting"
cargo fmt --all --check
say "clippy, native"
cargo clippy --workspace --all-targets --locked -- -D warnings
say "clippy, wasm32"
env -u RUSTFLAGS RUSTUP_TOOLCHAIN="$toolchain" cargo clippy --locked --target wasm32-unknown-unknown -p lexicell-app -p lexicell-worker -- -D warnings
