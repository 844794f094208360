# The commands of the project. Each installs what it needs first. `make help` lists them.

PYTHON ?= python3
BIN := .venv/bin

# Tests run side by side, one process a core. docs/decisions/0021-tests-side-by-side.md
SIDE_BY_SIDE := -n auto --maxprocesses 4 --dist worksteal

# What most changes break, and what tells it within seconds: no processes, servers or large indexes.
FAST := $(addprefix tests/search/,analysis query ranking expansion highlights suggestions evaluation) \
	tests/search/engines/test_contract_searching.py \
	$(wildcard tests/search/test_*.py) \
	tests/indexer/formats tests/web/pages $(wildcard tests/web/test_api_*.py) \
	tests/test_layout.py tests/test_contributing.py

LOCK := $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate \
	--no-emit-index-url --no-emit-find-links --python-version 3.11

.PHONY: demo help check test test-all torture soak lint format bench relevance lock clean

demo: .venv/installed ## index the sample news and serve http://127.0.0.1:8000
	@$(BIN)/sanbao demo --index .demo

help: ## this list
	@sed -n 's/^\([a-z-]*\):.* ## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12

check: lint ## what to run after each change: style, types and the fast tests
	$(BIN)/python -m pytest $(SIDE_BY_SIDE) $(FAST)

test: .venv/installed-for-tests ## all tests but the slow sweeps
	@.ci/apt-install chromium fonts-noto-cjk libatomic1 systemd || echo "Tests of the browser or of systemd units will be skipped." >&2
	$(BIN)/python -m pytest $(SIDE_BY_SIDE)

test-all: .venv/installed-for-tests ## the slow sweeps as well: relevance, language, fuzzing
	$(BIN)/python -m pytest $(SIDE_BY_SIDE) -m "not torture"

torture: .venv/installed-for-tests ## crashes, damage and attacks by the ten thousand; hours
	$(BIN)/python -m pytest -m torture -s

soak: .venv/installed-for-tests ## an hour of searching and indexing at once, then half an hour of kills
	$(BIN)/python -m benchmarks.soak --seconds 3600
	$(BIN)/python -m benchmarks.soak --seconds 1800 --chaos

lint: .venv/installed-for-tests ## style and types
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

format: .venv/installed-for-tests ## rewrites files as the style asks
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: .venv/installed-for-tests ## one million documents beside tantivy-py and Lucene
	@$(BIN)/pip install -qq tantivy==0.27.0
	$(BIN)/python -m benchmarks.engines

relevance: .venv/installed-for-tests ## judged queries in one index of all languages, beside Lucene
	@$(BIN)/python -m benchmarks.relevance

lock: .venv/bin/pip ## pin all packages, each with the hashes of its files
	$(BIN)/pip install --quiet uv==0.13.9
	$(LOCK) pyproject.toml -o requirements.lock
	$(LOCK) --all-extras -c requirements.lock pyproject.toml -o requirements-test.lock

clean: ## removes what was installed and the demo's index
	rm -rf .venv .demo

.venv/bin/pip:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' \
		|| { echo "Sanbao needs Python 3.11 to 3.13; name one with make PYTHON=..." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || .ci/apt-install python3-venv
	@echo "Making .venv and installing into it; this takes about a minute."
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install -qq --upgrade pip==26.3

# Only what the lock files name, byte by byte. docs/decisions/0031-locked-dependencies.md
.venv/installed: .venv/bin/pip pyproject.toml requirements.lock
	@$(BIN)/pip install -qq --require-hashes -r requirements.lock
	@$(BIN)/pip install -qq --no-deps -e .
	@$(BIN)/sanbao warm
	@touch $@

.venv/installed-for-tests: .venv/installed requirements-test.lock
	@$(BIN)/pip install -qq --require-hashes -r requirements-test.lock
	@touch $@
