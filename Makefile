# What a person does with a clone. Needs python3 (3.11 or later) with its venv module, and a package registry; no rights.

PYTHON ?= python3
# Read by uv: the machine's own Python is what we run on, and no other is fetched.
export UV_PYTHON_DOWNLOADS = never
export UV_NO_PROGRESS = 1
UV := $(shell uv --version >/dev/null 2>&1 && echo uv || echo .uv/bin/uv)
UV_FILE := $(if $(filter uv,$(UV)),,.uv/bin/uv)
VENV := .venv
INSTALL := VIRTUAL_ENV=$(VENV) $(UV) pip install --quiet --require-hashes
ROOT := $(filter 0,$(shell id -u))

.PHONY: help demo test bench format locks system clean
.DEFAULT_GOAL := help

help: ## Show this list.
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' Makefile | expand -t 16

demo: $(VENV)/.core ## Show what mxlatch does, on an internet inside one process (no rights, no network).
	@$(VENV)/bin/mxlatch demo

# mypy reads bench/ too, and so needs the peers that it imports. The tests on real servers run one after the other: each
# has the machine's network to itself.
test: $(VENV)/.bench system ## Lint, format, types, tests; as root with real servers. This is what CI runs.
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/pytest tests/real
	$(VENV)/bin/pytest --ignore tests/real --numprocesses auto --maxprocesses 4

bench: $(VENV)/.bench system ## Run the benchmarks, each beside its peer. One alone: make bench ONLY=dns
	@$(VENV)/bin/python -m bench $(ONLY)

format: $(VENV)/.test ## Format and mend what can be mended by machine.
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

# The servers that the tests run against are Debian packages; only root can install them.
# Without them pytest's summary says what was left out.
system: | $(VENV)/.test
	@$(if $(ROOT),$(VENV)/bin/python tests/real/install.py,true)

locks: $(UV_FILE) ## Take newer releases of the dependencies into locks/.
	$(call lock,build) locks/build.in
	$(call lock,core) pyproject.toml
	$(call lock,test) pyproject.toml --group test --extra fast --constraints locks/core.txt
	$(call lock,bench) pyproject.toml --group bench --extra fast --constraints locks/test.txt

# No host of a registry gets into a lock: whoever clones this has one of their own.
lock = $(UV) pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-emit-find-links --custom-compile-command "make locks" --output-file locks/$(1).txt

clean: ## Remove the environment and all caches.
	rm -rf $(VENV) .uv .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist

.uv/bin/uv:
	@$(PYTHON) -m venv .uv || { echo "python3 has no venv module here: on Debian, apt install python3-venv"; exit 1; }
	@.uv/bin/pip install --quiet --disable-pip-version-check uv

$(VENV)/bin/python: $(UV_FILE)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "mxlatch needs Python 3.11 or later: make PYTHON=python3.11 …")'
	@test -x $@ || $(UV) venv --quiet --python "$$($(PYTHON) -c 'import sys; print(sys.executable)')" $(VENV)

$(VENV)/.core: locks/core.txt locks/build.txt pyproject.toml | $(VENV)/bin/python
	@$(INSTALL) -r locks/core.txt
	@VIRTUAL_ENV=$(VENV) $(UV) pip install --quiet --no-deps --build-constraints locks/build.txt --editable .
	@touch $@

$(VENV)/.test: locks/test.txt $(VENV)/.core
	@$(INSTALL) -r locks/test.txt
	@touch $@

$(VENV)/.bench: locks/bench.txt $(VENV)/.test
	@$(INSTALL) -r locks/bench.txt
	@touch $@
