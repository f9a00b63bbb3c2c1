# First Bell. `make run` starts it, `make test` tests it; both set up what they need in a virtual environment.
.DEFAULT_GOAL := help
VENV ?= .venv
BIN := $(VENV)/bin
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet install --constraint constraints.txt
ARGS ?=
# Two files of tests at a time: most of them wait for a server or a device, not for a processor.
WORKERS ?= 2

.PHONY: help run test lint bench soak packages clean

help:  ## What can be made
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1\t\2/p' Makefile | expand -t 16

run: $(VENV)/.run  ## Start First Bell on this machine (ARGS=--school adds a simulated school)
	@$(BIN)/firstbell up $(ARGS)

test: packages lint  ## Run every test that this machine can run
	$(BIN)/python -m pytest -m "not soak" --numprocesses $(WORKERS) --dist loadfile $(ARGS)

lint: $(VENV)/.test  ## Format, lint, types, and who may import whom
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/mypy --no-error-summary
	$(BIN)/lint-imports --no-cache >/dev/null || $(BIN)/lint-imports --no-cache

bench: $(VENV)/.test  ## Measure against the bars, side by side in one run; writes bench.json
	$(BIN)/python -m tests.bench $(ARGS)

soak: $(VENV)/.test  ## The long fault tests
	$(BIN)/python -m pytest -m soak --timeout 7200 $(ARGS)

packages:  ## Packages that some tests need (as root; without them those tests say why they are skipped)
	@sh tests/packages.sh
	@NODE=$(VENV)/node sh tests/node.sh

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "First Bell needs Python 3.11 or newer; none was found. Debian, Ubuntu: apt install python3 python3-venv (Ubuntu 22.04: python3.11 python3.11-venv)"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	v=$$($(PYTHON) -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])'); \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "installing python3-venv"; apt-get update -qq >/dev/null; \
		DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$v >/dev/null; \
	else echo "Python cannot make a virtual environment here. Debian, Ubuntu: sudo apt install $$v"; exit 1; fi; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

$(VENV)/.run: pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "installing First Bell into $(VENV)"
	@$(PIP) --editable '.[all-in-one]'
	@touch $@

$(VENV)/.test: pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "installing First Bell and its test tools into $(VENV)"
	@$(PIP) --editable '.[test]'
	@touch $@ $(VENV)/.run

clean:  ## Remove the virtual environment and caches (never data)
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis bench.json dist
	find . -name __pycache__ -prune -exec rm -rf {} +
