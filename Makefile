# Every target but clean and help starts from .venv, which is made from requirements.lock.
#   make env PYTHON=python3.12     choose the Python the environment is made with

SHELL := /bin/bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: env demo report test test-slow test-kernel sbc lab lint bench lock clean help

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.made
ARGS ?=
KERNEL ?= Prescott
# two tests at once, each on a core of its own
PYTEST := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -q -n 2 --dist loadfile --no-loadscope-reorder

# the first Python on PATH that is new enough
PYTHON ?= $(shell for p in python3 python3.12 python3.13 python3.14 python; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 12))' >/dev/null 2>&1 && { echo "$$p"; break; }; done)

env: $(STAMP)  ## make or refresh .venv
	@:

# The stamp is written last: a .venv without it is half made, and is made again from nothing.
$(STAMP): requirements.lock pyproject.toml
	@if [ -z "$(PYTHON)" ] || ! "$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 12))' >/dev/null 2>&1; then \
		echo "clvlab needs Python 3.12 or later; $(or $(PYTHON),python3) is not." >&2; \
		echo "Install one (Debian, Ubuntu: apt install python3.12 python3.12-venv; or pyenv install 3.12), then:" >&2; \
		echo "    make PYTHON=python3.12 env" >&2; exit 1; fi
	@if ! "$(PYTHON)" -c 'import venv, ensurepip' >/dev/null 2>&1; then \
		echo "$(PYTHON) cannot make virtual environments: its venv module is missing." >&2; \
		echo "Debian and Ubuntu keep it apart: apt install python3-venv (or python3.12-venv), then make env." >&2; exit 1; fi
	@if [ ! -e $(STAMP) ]; then rm -rf $(VENV); fi
	@if [ ! -x $(BIN)/python ]; then echo "making $(VENV) with $$($(PYTHON) --version)"; "$(PYTHON)" -m venv $(VENV); fi
	@echo "installing what requirements.lock lists; the first time takes a minute or two"
	@rm -f $(STAMP)
	@$(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check --no-input --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check --no-input --no-deps --no-build-isolation -e .
	@touch $(STAMP)

report: env  ## run the notebooks, write reports/ (ARGS="customer_value -p horizon=26")
	@$(BIN)/clvlab report $(ARGS)

test: env  ## the fast tests: 10 minutes at most on 2 cores
	@$(PYTEST) $(ARGS)

test-slow: env  ## the tests that take minutes
	@$(PYTEST) -m slow $(ARGS)

test-kernel: env  ## the tests on the edge of rounding, under another BLAS kernel (KERNEL=Haswell)
	@OPENBLAS_CORETYPE=$(KERNEL) $(BIN)/python -m pytest -q -m "numerical and not slow" $(ARGS)

sbc: env  ## simulation-based calibration of the Bayesian fits: an hour or two (ARGS="BGNBD --method nuts")
	@OMP_NUM_THREADS=1 $(BIN)/python tests/sbc/run.py $(ARGS)

demo: env  ## remake the demo company, data/demo/company, from its seed: the same bytes
	@$(BIN)/python -m clvlab.data.simulate data/demo/company

lab: env  ## open JupyterLab on the notebooks
	@$(BIN)/jupyter lab --notebook-dir=. $(ARGS)

lint: env  ## style, types, and which floor imports which
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: env  ## measure against peers, in one run
	@for each in histories fitting value pooled; do echo "== $$each"; $(BIN)/python benchmarks/$$each.py $(ARGS) || exit 1; done

lock: env  ## resolve the dependencies anew into requirements.lock
	@$(BIN)/uv pip compile pyproject.toml --group dev --all-extras --universal --generate-hashes --python-version 3.12 \
		-o requirements.lock --custom-compile-command "make lock" --quiet $(ARGS)

clean:  ## take away .venv, caches and what was built; reports stay
	@rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))
