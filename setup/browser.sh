#!/usr/bin/env bash
# Provides a Chromium and its driver for the browser tests; prints the path of the browser.
set -euo pipefail
cd "$(dirname "$0")"
. ./versions.sh

find_chrome() {
  local name
  for name in "${CHROME:-}" chromium chromium-browser google-chrome google-chrome-stable; do
    [ -n "$name" ] && has "$name" && { command -v "$name"; return; }
  done
  return 1
}
chrome=$(find_chrome) || { need_packages chromium; chrome=$(find_chrome); } || fail "no Chrome or Chromium: install one, or name it in CHROME"

modules="$LEXICELL_CACHE/browser"
if [ "$(cat "$modules/version" 2>/dev/null)" != "$PLAYWRIGHT_VERSION $AXE_VERSION" ]; then
  say "installing playwright-core and axe-core"
  npm install --silent --no-audit --no-fund --prefix "$modules" "playwright-core@$PLAYWRIGHT_VERSION" "axe-core@$AXE_VERSION" >&2
  echo "$PLAYWRIGHT_VERSION $AXE_VERSION" > "$modules/version"
fi
echo "$chrome"
