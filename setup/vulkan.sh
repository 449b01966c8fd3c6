#!/usr/bin/env bash
# Provides a software Vulkan adapter for the native GPU tests; prints its driver file, or nothing.
set -euo pipefail
cd "$(dirname "$0")"
. ./versions.sh

driver() { find /usr/share/vulkan/icd.d -name "lvp_icd*.json" 2>/dev/null | head -1; }
if [ -z "$(driver)" ] && has apt-get; then
  need_packages mesa-vulkan-drivers libvulkan1 || true
fi
driver
