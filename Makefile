# Lexicell: `make serve` builds the page and serves it, `make test` runs every test.
# Whatever is missing is installed first, once; what is kept lies in the user's cache folder.

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

include setup/settings.mk

.PHONY: help serve dist assets test test-native test-browser lint size bench ablation clean

help: ## Shows this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^[^:]*Makefile://; s/:.*## /\t/' | expand -t 16

serve: dist ## Builds the page and serves it on 127.0.0.1 (PORT=8080)
	@node setup/serve.mjs dist $(PORT)

dist: assets ## Builds the page into dist/, for any static host
	@setup/web-tools.sh
	@setup/build-page.sh

assets: ## Builds what the page serves: gene bundles, model, gene vectors, demo
	@$(CARGO) run --quiet --locked -p lexicell-assets -- build --out assets/out $(ASSET_FLAGS)

test: test-native test-browser ## Runs every test, natively and in headless Chromium

test-native: assets ## Runs the native tests, on a software GPU where there is no other
	@setup/native-tests.sh

test-browser: dist ## Runs the browser tests, with WebGPU and without
	@CHROME="$$(setup/browser.sh)" LEXICELL_PYTHON="$$(setup/python.sh)" \
	  NODE_PATH=$(CACHE)/browser/node_modules node --test --test-concurrency=1 tests/browser/*.test.mjs

lint: ## Formatting and clippy, native and wasm32
	@setup/lint.sh

size: dist ## Sizes of the page, against their budget
	@PATH="$(CACHE)/tools/bin:$$PATH" node setup/size-budget.mjs dist

bench: dist ## Compares speed with onnxruntime-web and scran.js in one browser
	@CHROME="$$(setup/browser.sh)" tests/bench/run.sh

ablation: assets ## Measures methods, settings and transfer on the labelled sets of ../shared/data
	@$(CARGO) run --quiet --locked -p lexicell-ablation -- --shared $(or $(LEXICELL_SHARED),../shared/data) --out tests/ablation/results

clean: ## Removes what was built here; the cache folder stays
	@rm -rf dist assets/out
