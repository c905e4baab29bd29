# Works with python3 (3.11 or later, with venv) and make; everything else is installed into .venv.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help demo run check migrate manifest networks test lint types imports rewritten tests coverage torture bench \
	pictures format lock clean

PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/installed
INSTALLED_DEV := .venv/installed-dev
COMPILE := $(BIN)/pip-compile --quiet --generate-hashes --no-strip-extras --allow-unsafe --no-header \
	--no-emit-index-url --no-emit-find-links --no-emit-trusted-host
TEST_WORKERS ?= 2
PYTEST = $(BIN)/python -m pytest -n $(TEST_WORKERS) --dist worksteal --durations=15
unexport PYTHONDONTWRITEBYTECODE  # the tests start the program again and again: compile it once

help: ## what there is
	@grep -E '^[a-z]+:.*## ' Makefile | sed -E 's/^([a-z]+):.*## /make \1\t/' | expand -t 16

demo: $(INSTALLED) ## a shop's website chat and a stand-in for Slack side by side, on this machine
	@exec $(BIN)/python -m bot demo

run: $(INSTALLED) ## Oratio with oratio.toml and the tokens in the environment
	@exec $(BIN)/python -m bot run

check: $(INSTALLED) ## compare the configuration with what Slack says
	@$(BIN)/python -m bot check

migrate: $(INSTALLED) ## bring the database to this version's tables
	@$(BIN)/python -m bot migrate

manifest: $(INSTALLED) ## print the manifest to paste when the Slack app is made (URL=https://your.host: events over HTTP)
	@$(BIN)/python -m bot manifest $(if $(URL),--http $(URL))

networks: $(INSTALLED) ## write docs/networks.md anew, from the networks' capabilities
	@page=$$($(BIN)/python -m bot networks); printf '%s\n' "$$page" >docs/networks.md

test: $(INSTALLED_DEV) ## everything that must hold
	@$(MAKE) --no-print-directory --output-sync=target -j$(TEST_WORKERS) types lint imports rewritten
	@$(MAKE) --no-print-directory tests

rewritten: $(INSTALLED_DEV) # pytest's reading of the asserts, beside mypy: else each worker does it for itself
	@$(BIN)/python -m pytest --collect-only -qq >/dev/null 2>&1 || true  # what is wrong is said by `tests`

lint: $(INSTALLED_DEV) ## ruff
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(INSTALLED_DEV) ## mypy --strict
	$(BIN)/mypy

imports: $(INSTALLED_DEV) ## who may import whom
	$(BIN)/lint-imports

tests: $(INSTALLED_DEV) ## pytest
	$(PYTEST)

coverage: $(INSTALLED_DEV) ## the same with branch coverage, which takes half as long again; at least 90 %
	$(PYTEST) --cov --cov-report=term-missing:skip-covered

torture: $(INSTALLED_DEV) ## what the tests try a part of, in full: 10,000 hostile inputs and 50 of each fault; half an hour
	ORATIO_TORTURE=1 $(PYTEST) tests/contract/test_hostile.py tests/networks/telegram/test_faults.py \
		tests/scenario/test_network_faults.py

pictures: $(INSTALLED_DEV) ## look at every surface: all into pictures/, those of the documents into docs/images/ (ONLY=card)
	@$(BIN)/python -m tests.browser.pictures $(ONLY)

bench: $(INSTALLED_DEV) ## the load bars, measured (FULL=1: all of it, an hour; SCALE=4: of Slack's pace; BARS="L3 L11": some)
	@$(BIN)/python -m benchmarks $(if $(FULL),--full) $(if $(SCALE),--scale $(SCALE)) $(BARS)

format: $(INSTALLED_DEV) ## lay the code out as `make lint` wants it
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: $(INSTALLED_DEV) ## choose versions anew from pyproject.toml
	$(COMPILE) --upgrade --output-file=requirements.txt pyproject.toml
	$(BIN)/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["dependency-groups"]["dev"], sep="\n")' \
		| $(COMPILE) --upgrade --constraint=requirements.txt --output-file=requirements-dev.txt -

clean: ## remove what was installed and measured, not the data
	rm -rf .venv .coverage .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(INSTALLED): requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
		|| { echo "Oratio needs Python 3.11 or later; $(PYTHON) is not. Try: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@test -x $(BIN)/python || { echo "Making .venv …" >&2; $(PYTHON) -m venv .venv \
		|| { rm -rf .venv; echo "This Python cannot make virtual environments; on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }; }
	@echo "Installing what requirements.txt names (once) …" >&2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

$(INSTALLED_DEV): $(INSTALLED) requirements-dev.txt
	@echo "Installing what requirements-dev.txt names (once) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt -r requirements-dev.txt
	@touch $@
