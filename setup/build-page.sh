#!/usr/bin/env bash
# Builds the page with Trunk into dist/.
set -euo pipefail
cd "$(dirname "$0")"
. ./versions.sh
toolchain=$(./wasm-toolchain.sh)
cd ..

# What decides the page; outside a clone it is not known, and the page is built each time.
fingerprint() {
  git ls-files -z --cached --others --exclude-standard -- \
    app worker style setup assets/manifest.json Cargo.toml Cargo.lock .cargo index.html Trunk.toml 2>/dev/null \
    | xargs -0 -r sha256sum 2>/dev/null
  cat assets/out/*.json 2>/dev/null
  rustc "+$toolchain" --version
  echo "$@"
}
stamp=""
git rev-parse --is-inside-work-tree >/dev/null 2>&1 && stamp=$(fingerprint "$@" | sha256sum)
if [ -n "$stamp" ] && [ -f dist/index.html ] && [ "$(cat dist/.built 2>/dev/null)" = "$stamp" ]; then
  say "the page in dist/ is up to date"
  exit 0
fi
say "building the page (release, wasm32)"
# A stray RUSTFLAGS would silently replace the SIMD flags of .cargo/config.toml.
env -u RUSTFLAGS RUSTUP_TOOLCHAIN="$toolchain" NO_COLOR=true trunk build --release --offline --locked "$@"
[ -z "$stamp" ] || echo "$stamp" > dist/.built
