# Pinned tools and the folder that holds them. Sourced by the other scripts.
TRUNK_VERSION=0.21.14
WASM_BINDGEN_VERSION=0.2.130   # equals the crate's pin in Cargo.toml
BINARYEN_VERSION=132.0.0       # Debian 12's 108 breaks wasm-bindgen's externref table
PLAYWRIGHT_VERSION=1.65.1
AXE_VERSION=4.14.1

LEXICELL_CACHE="${LEXICELL_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/lexicell}"
TOOLS="$LEXICELL_CACHE/tools"
export PATH="$TOOLS/bin:$PATH"

say() { printf '\033[1m· %s\033[0m\n' "$*" >&2; }
fail() { printf '\033[31m✗ %s\033[0m\n' "$*" >&2; exit 1; }
has() { command -v "$1" >/dev/null 2>&1; }

# Runs a command of the system's package manager, as root.
as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; elif has sudo; then sudo "$@"; else
    fail "this needs root: run '$*' as root, then try again"
  fi
}

# Installs Debian packages that are missing.
need_packages() {
  has apt-get || fail "please install $* with your package manager, then try again"
  say "installing $* (Debian packages)"
  as_root apt-get update -qq
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}
