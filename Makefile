# `make demo` and `make test` do all their own set-up; they need a Python from 3.11 to 3.14, make and git.

BIN := .venv/bin
STARTED := $(shell date +%s)
PIP_INSTALL := pip install --quiet --disable-pip-version-check --no-input

# The versions that constraints.txt has wheels for; 3.14 comes last, as nobody has run the tests on it yet.
FITS := 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2>/dev/null
FIND_PYTHON := for python in python3.13 python3.12 python3.11 python3.14 python3; do $$python -c $(FITS) && echo $$python && break; done
NO_PYTHON := No Python from 3.11 to 3.14 with its venv module was found on the PATH. Install one (Debian and Ubuntu: apt install python3 python3-venv)
PYTHON = $(or $(shell $(FIND_PYTHON)),$(error $(NO_PYTHON)))

.PHONY: demo test bench soak mutants lint lock clean

demo: .venv/ready # the embedded Kafka, a worker and a simulated company, until Ctrl-C
	@$(BIN)/handoff demo

test: lint # all of it: lint, types, tests
	@$(BIN)/pytest
	@spent=$$(($$(date +%s) - $(STARTED))); echo "make test took $$((spent / 60)) min $$((spent % 60)) s, set-up included"

bench: .venv/ready # figures of speed, ours and the peers', in some twenty minutes; QUICK=1: in one, to see that it works
	@$(BIN)/python -m tests.benchmarks $(if $(QUICK),--quick)

soak: .venv/ready # faults at random, judged, for an hour; MINUTES=3, SEED=1
	@$(BIN)/python -m tests.soak --minutes $(or $(MINUTES),60) --seed $(or $(SEED),$(STARTED))

mutants: .venv/ready # faults put into the rules, one at a time: who finds them; half an hour
	@$(BIN)/python -m tests.mutation

lint: .venv/ready
	@echo "ruff"
	@$(BIN)/ruff check --quiet --output-format concise
	@$(BIN)/ruff format --check --output-format concise --quiet || { echo "not in the house's format; run: $(BIN)/ruff format"; exit 1; }
	@echo "mypy"
	@$(BIN)/mypy --no-error-summary

# A virtual environment that works is kept: pip changes only what has to change.
.venv/ready: constraints.txt pyproject.toml
	@$(BIN)/python -c $(FITS) || { echo "creating .venv with $(PYTHON)"; $(PYTHON) -m venv --clear .venv; }
	@echo "installing what constraints.txt lists (the first time some 90 MB to download)"
	@$(BIN)/$(PIP_INSTALL) --require-hashes --requirement constraints.txt
	@$(BIN)/$(PIP_INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

# After a change of dependencies. Versions that need not move stay; to renew all of them, empty constraints.txt first.
lock:
	@echo "resolving for every platform and Python at once"
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && $(PYTHON) -m venv "$$folder" && "$$folder"/bin/$(PIP_INSTALL) uv==0.13.9 && \
	"$$folder"/bin/uv pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest --generate-hashes --no-header --no-annotate \
		--group dev pyproject.toml --output-file constraints.txt

clean: # what make made; the data in .handoff stays
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis
