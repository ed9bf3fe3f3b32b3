# Everything sets itself up: `make demo` and `make test` work in a fresh clone.
# Without make (Windows, macOS): `python tools/setup.py`, then the commands below by hand.

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python3.14; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { command -v $$p; break; }; done)
READY := .venv/.ready
BIN := .venv/bin
# Tests wait much, for browsers and processes: one worker more than there are cores.
WORKERS = $(shell $(BIN)/python -c 'import os; print((os.cpu_count() or 1) + 1)')

.DEFAULT_GOAL := help
.PHONY: help setup demo check test acceptance bench reference clean

help:  ## show this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | expand -t 14

setup: $(READY)  ## virtual environment, packages, browser; does only what is missing
$(READY): pyproject.toml requirements.txt tools/setup.py
	@test -n "$(PYTHON)" || { echo "robotfabrik needs Python 3.11 or newer: apt-get install python3 python3-venv"; exit 1; }
	@$(PYTHON) tools/setup.py

demo: $(READY)  ## the robot over the synthetic municipality, in a case system of its own
	@$(BIN)/robotfabrik demo

check: $(READY)  ## what is wrong in code and definitions, in some seconds
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/robotfabrik check

test: check  ## check, the PDDs' own tests, and every test but the long ones
	$(BIN)/robotfabrik test --coverage --fail-under rules=100
	$(BIN)/python -m pytest -n $(WORKERS) -m "not acceptance_long" tests

acceptance: $(READY)  ## the long tests too, written to docs/acceptance.md; no time limit
	$(BIN)/python tools/acceptance.py

bench: $(READY)  ## measure; the figures go to docs/benchmarks.md
	$(BIN)/python -m bench

reference: $(READY)  ## write docs/reference/ from the docstrings
	$(BIN)/python tools/reference.py

clean:  ## remove what set-up and tests made; runs and the store stay
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis .robotfabrik/demo
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
