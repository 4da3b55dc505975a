# One door: every task of the project. `make` alone lists them.
PYTHON ?= python3
PLAN ?= standard
EXTRAS ?= dev
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help signoff test lint types spec-lint check bench example fuzz record sandbox clean

help: ## list the tasks
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1|/' | awk -F'|' '{printf "  make %-10s %s\n", $$1, $$2}'

$(STAMP): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; name one with PYTHON=…"; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing into $(VENV) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[$(EXTRAS)]'
	@touch $@

signoff: $(STAMP) ## audit the sandbox (or the live API, if COINGLASS_API_KEY is set) and write the page
	@$(BIN)/coinglass-audit signoff --plan $(PLAN)

test: $(STAMP) ## run all tests
	@$(BIN)/python -m pytest --numprocesses=auto --dist=worksteal --quiet

lint: $(STAMP) ## style and formatting
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(STAMP) ## strict types
	@$(BIN)/mypy

spec-lint: $(STAMP) ## the description of the API
	@$(BIN)/coinglass-audit spec lint

check: lint types spec-lint test ## everything that CI runs

bench: $(STAMP) ## measure, each thing beside what it is compared with; says at the end what is above its bound
	@status=0; for name in startup overhead pacing scan contract history page stream; do \
		echo "== $$name"; $(BIN)/python -m tests.bench.bench_$$name || status=1; \
	done; exit $$status

example: $(STAMP) ## make the example page anew
	@$(BIN)/python -m tests.support.example

fuzz: $(STAMP) ## send the sandbox requests made from the description, good and bad
	@$(BIN)/coinglass-audit fuzz --plan $(PLAN)

record: $(STAMP) ## record the cassettes anew (live, if COINGLASS_API_KEY is set)
	@$(BIN)/coinglass-audit record

sandbox: $(STAMP) ## serve the stand-in API
	@$(BIN)/coinglass-audit sandbox

clean: ## remove what the tasks made
	@rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache
