# `make` lists the targets. Only Python and make are needed; all else comes from the lock into .venv.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.setup-done

# The first Python of this machine that fits; say `make PYTHON=/path/to/python3.12 setup` for another.
PYTHON ?= $(shell for name in python3 python3.13 python3.12 python3.11; do \
	if "$$name" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null; then echo "$$name"; break; fi; done)

# These start nothing that others could disturb, so they run on all cores; the rest has a broker and other real parts, one after the other.
PURE := $(addprefix tests/,board config core generate replay scenarios simulator sources topics wire)

.PHONY: help setup demo test check bench faults truth laws week generate screenshots lock

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP) ## make .venv from the lock and install the project into it

$(STAMP): requirements-dev.lock pyproject.toml
	@if [[ -z "$(PYTHON)" ]]; then echo "Install Python 3.11, 3.12 or 3.13 first, or name one: make PYTHON=/path/to/python3.12 setup" >&2; exit 3; fi
	@if ! $(BIN)/python -c 'import pip, sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null; then \
		"$(PYTHON)" -m venv --clear $(VENV) || { rm -rf $(VENV); \
		echo "This Python cannot make a virtual environment: install its venv module (on Debian and Ubuntu: apt-get install python3-venv)." >&2; exit 3; }; fi
	@echo "Fetching what the lock names and installing it: a minute or two, in which pip says nothing." >&2
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: setup ## a centre on this machine: broker, worker, simulated contacts, wallboard
	@set -m; $(BIN)/answerable demo & demo=$$!; trap 'kill -INT $$demo' INT; trap 'kill -TERM $$demo' TERM; \
	while wait $$demo; code=$$?; kill -0 $$demo 2>/dev/null; do :; done; \
	[[ $$code -eq 0 || $$code -eq 130 ]]  # Ctrl-C is how a demo ends; whoever ends make ends the demo

test: setup ## every test, and the checks
	@failed=0; \
	$(BIN)/python -m pytest --numprocesses logical --dist worksteal $(PURE) || failed=1; \
	$(BIN)/python -m pytest $(addprefix --ignore=,$(PURE)) || failed=1; \
	exit $$failed
	@$(MAKE) --no-print-directory check

check: setup ## lint, format, types and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: setup ## speed side by side with Kafka Streams and others, latency, recovery, scraping: hours; OPTIONS="--only engines --rounds 1" for less
	$(BIN)/python -m benchmarks $(OPTIONS)

faults: setup ## twenty rounds of each fault under live workers, compared with their replay (OPTIONS="--only kill --rounds 1")
	$(BIN)/python -m benchmarks.faults $(OPTIONS)

truth: setup ## ten simulated centres with everything on: the known truth, a replay and live workers compared (OPTIONS="--first 4 --seeds 1")
	$(BIN)/python -m benchmarks.truth $(OPTIONS)

laws: setup ## the laws of the core over two thousand histories each: hours
	ANSWERABLE_LAWS=thorough $(BIN)/python -m pytest --timeout 0 tests/core/*laws.py $(OPTIONS)

week: setup ## the alerts of a whole real week, a day after the other, three minutes a step, where its calls are at hand
	ANSWERABLE_WEEK=whole $(BIN)/python -m pytest --timeout 0 tests/deploy/test_rules_follow_the_week.py $(OPTIONS)

generate: setup ## make again what is derived from the declarations
	@$(BIN)/python -m stream.generate
	@$(BIN)/python -m tools.dashboards

screenshots: setup ## the pictures of the wallboard in docs/images, in a real browser
	$(BIN)/python -m tests.live.screenshots

lock: setup ## resolve the dependencies anew into the two lock files
	$(BIN)/uv pip compile $(LOCKING) pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile $(LOCKING) pyproject.toml --extra codecs --extra database --extra embedded --extra imap --extra rocksdb --extra schemas --extra top --group dev -c requirements.lock -o requirements-dev.lock

LOCKING := --quiet --universal --generate-hashes --python-version 3.11 --no-header --no-emit-index-url --no-emit-find-links
