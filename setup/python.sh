#!/usr/bin/env bash
# Provides a Python with scanpy, for the test that opens what Lexicell saved; prints its path.
set -euo pipefail
cd "$(dirname "$0")"
. ./versions.sh

has python3 || fail "python3 is missing: install it from your package manager, then try again"
home="$LEXICELL_CACHE/python"
if [ ! -f "$home/complete" ]; then
  say "installing scanpy for the tests (once, about a minute)"
  python3 -m venv "$home" || { need_packages python3-venv; python3 -m venv "$home"; }
  "$home/bin/pip" install --quiet --disable-pip-version-check "anndata==0.12.19" "scanpy==1.11.5" >&2
  touch "$home/complete"
fi
echo "$home/bin/python"
