#!/usr/bin/env bash
# Provides a Rust toolchain that builds for wasm32-unknown-unknown, and prints its name.
# With the internet: `rustup target add`. With package registries alone: Debian's rustc and library
# sources, with the standard library built once into a sysroot of our own.
set -euo pipefail
cd "$(dirname "$0")"
. ./versions.sh

LINKED=lexicell-wasm
TARGET=wasm32-unknown-unknown

has rustup || fail "rustup is missing: install it from your package manager or rustup.rs, then try again"

builds_wasm() { # toolchain
  local dir status
  dir=$(mktemp -d)
  echo '#![no_std]' > "$dir/probe.rs"
  rustup run "$1" rustc --target $TARGET --crate-type rlib --out-dir "$dir" "$dir/probe.rs" >/dev/null 2>&1 && status=0 || status=1
  rm -rf "$dir"
  return $status
}

active=$(rustup show active-toolchain | cut -d' ' -f1)
# LEXICELL_WASM_FROM_DEBIAN=1 takes the second way even where the first would work: to test it.
if [ -z "${LEXICELL_WASM_FROM_DEBIAN:-}" ]; then
  for toolchain in "$active" $LINKED; do
    if builds_wasm "$toolchain"; then echo "$toolchain"; exit 0; fi
  done
  say "adding $TARGET to $active"
  if timeout 120 rustup target add $TARGET --toolchain "$active" >/dev/null 2>&1 && builds_wasm "$active"; then
    echo "$active"; exit 0
  fi
  say "rustup cannot fetch it here: building it from Debian's packages"
fi

# Debian 12 names its current compiler rustc-web, Debian 13 and later rustc.
debian_rust_packages() {
  if apt-cache show rustc-web >/dev/null 2>&1; then
    echo rustc-web cargo-web rust-web-src rust-web-clippy
  else
    echo rustc cargo rust-src rust-clippy
  fi
}
newest_lld() { apt-cache search --names-only '^lld-[0-9]+$' | cut -d' ' -f1 | sort -t- -k2 -n | tail -1; }

has apt-get || fail "cannot add the $TARGET target: run 'rustup target add $TARGET' where rustup has a network"
[ -x /usr/bin/rustc ] && [ -x /usr/bin/cargo ] && [ -d /usr/lib/rustlib/src/rust/library ] && [ -x /usr/bin/clippy-driver ] || {
  as_root apt-get update -qq
  # shellcheck disable=SC2046
  need_packages $(debian_rust_packages)
}
ls /usr/bin/lld-[0-9]* >/dev/null 2>&1 || need_packages "$(newest_lld)"
lld=$(ls /usr/bin/lld-[0-9]* | sort -V | tail -1)

host=$(/usr/bin/rustc -vV | sed -n 's/^host: //p')
debian=$(/usr/bin/rustc --print sysroot)
sysroot="$LEXICELL_CACHE/wasm-sysroot"
version=$(/usr/bin/rustc --version)
lib="$sysroot/lib/rustlib/$TARGET/lib"

if [ "$(cat "$sysroot/version" 2>/dev/null)" != "$version" ]; then
  rm -rf "$sysroot"
  mkdir -p "$sysroot/bin" "$lib" "$sysroot/lib/rustlib/$host/bin"
  ln -s "$debian/lib/rustlib/$host/lib" "$sysroot/lib/rustlib/$host/lib"
  ln -s "$debian/lib/rustlib/src" "$sysroot/lib/rustlib/src"
  ln -s "$lld" "$sysroot/lib/rustlib/$host/bin/rust-lld"
  ln -s /usr/bin/cargo "$sysroot/bin/cargo"
  for tool in rustc rustdoc clippy-driver cargo-clippy; do
    case $tool in
      cargo-clippy) printf '#!/bin/sh\nexport PATH="%s/bin:$PATH" SYSROOT="%s"\nexec /usr/bin/cargo-clippy "$@"\n' "$sysroot" "$sysroot" ;;
      clippy-driver) printf '#!/bin/sh\nexport SYSROOT="%s"\nexec /usr/bin/clippy-driver "$@"\n' "$sysroot" ;;
      *) printf '#!/bin/sh\nexec /usr/bin/%s --sysroot "%s" "$@"\n' $tool "$sysroot" ;;
    esac > "$sysroot/bin/$tool"
    chmod +x "$sysroot/bin/$tool"
  done
  say "building the standard library for $TARGET (once, about a minute)"
  probe=$(mktemp -d)
  mkdir "$probe/src"
  printf '[package]\nname = "probe"\nversion = "0.0.0"\nedition = "2021"\n[lib]\ncrate-type = ["rlib"]\n[workspace]\n' > "$probe/Cargo.toml"
  : > "$probe/src/lib.rs"
  ( cd "$probe" && env -u RUSTUP_TOOLCHAIN -u RUSTFLAGS PATH="$sysroot/bin:$PATH" RUSTC="$sysroot/bin/rustc" RUSTC_BOOTSTRAP=1 \
      CARGO_TARGET_DIR="$probe/target" /usr/bin/cargo build --release -Z build-std=std,panic_abort --target $TARGET ) >&2 \
    || fail "the standard library for $TARGET did not build; see the lines above"
  cp "$probe/target/$TARGET/release/deps/"lib*.rlib "$lib/"
  rm -f "$lib"/libprobe-*.rlib
  rm -rf "$probe"
  echo "$version" > "$sysroot/version"
fi
rustup toolchain link $LINKED "$sysroot" >/dev/null 2>&1 || true
builds_wasm $LINKED || fail "the toolchain $LINKED does not build for $TARGET; remove $sysroot and try again"
echo $LINKED
