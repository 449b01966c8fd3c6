# Settings of the Makefile; each can be given on the command line or in the environment.

CACHE ?= $(or $(LEXICELL_CACHE),$(or $(XDG_CACHE_HOME),$(HOME)/.cache)/lexicell)
# One warm target folder for every clone.
export CARGO_TARGET_DIR ?= $(CACHE)/target
CARGO ?= cargo
PORT ?= 8080
# Seconds that may go into gene vectors the first time; later builds find them in the cache.
EMBED_SECONDS ?= 300
ASSET_FLAGS ?= --embed-budget-seconds $(EMBED_SECONDS)
