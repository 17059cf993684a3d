# zimao 自贸 — two commands: `make run` (the platform with its demonstration) and `make test` (everything).
# Needs: make, Python 3.11 or newer, and the network at the first run. Reruns use what is there.

PYTHON ?= python3
VENV ?= .venv
HOST ?= 127.0.0.1
PORT ?= 8000
BIN := $(VENV)/bin
VENDOR := src/zimao/portal/static/vendor
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet install
export PIP_NO_INPUT := 1

.PHONY: help run frontend demo serve test lint format bench docs lock clean
.DEFAULT_GOAL := help

help:  ## show this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

run: $(VENV)/.run frontend  ## install, load the demonstration, serve it at http://localhost:8000
	ZIMAO_DEMO=1 $(BIN)/zimao demo
	ZIMAO_DEMO=1 exec $(BIN)/zimao serve --host $(HOST) --port $(PORT)

demo: $(VENV)/.run  ## load the demonstration only
	ZIMAO_DEMO=1 $(BIN)/zimao demo

serve: $(VENV)/.run frontend  ## serve what is there, without loading anything
	exec $(BIN)/zimao serve --host $(HOST) --port $(PORT)

test: $(VENV)/.dev frontend  ## every test, on SQLite and on PostgreSQL, in a real browser
	$(BIN)/python tools/test.py

lint: $(VENV)/.dev  ## format, style, types, imports, migrations, templates, house rules
	$(BIN)/python tools/lint.py

format: $(VENV)/.dev  ## rewrite Python files in the house style
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix-only .

bench: $(VENV)/.dev  ## every workload beside a peer; prints ratios
	$(BIN)/python tools/bench.py

docs: $(VENV)/.dev  ## check the links of the guide and write the API description to dist/openapi.json
	$(BIN)/python tools/docs.py

lock: $(VENV)/.dev  ## resolve the two lock files again
	$(PYTHON) tools/lock.py

clean:  ## remove what can be built again; data in var/ stays
	rm -rf $(VENV) $(VENDOR) node_modules dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

$(BIN)/python:
	$(PYTHON) tools/environment.py $(VENV)

$(VENV)/.run: requirements.lock pyproject.toml | $(BIN)/python
	$(PIP) --require-hashes -r requirements.lock
	$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.run
	$(PIP) --require-hashes -r requirements-dev.lock
	@touch $@

frontend: $(VENV)/.run  # does nothing when nothing has changed
	$(BIN)/python tools/frontend.py
