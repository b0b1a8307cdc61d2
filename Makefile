# Everything starts here: `make run` shows Regulars, `make test` proves it. CONTRIBUTING.md tells the rest.
PYTHON ?= python3
PY     := .venv/bin/python
PORT   ?= 8000
export PORT WITHOUT

.PHONY: help setup setup-dev setup-browser run test check fix reference bench mutants prove contract client lock clean

help:
	@echo "make run      the demo shop on http://127.0.0.1:$(PORT) (PORT=9000 changes it)"
	@echo "make test     every check and every test (WITHOUT=browser,postgresql leaves those out, and says so)"
	@echo "make setup    only the set-up, into .venv; then .venv/bin/python server.py ..."
	@echo "make check    ruff, mypy and the layers, without the tests        make fix      what ruff mends by itself"
	@echo "make bench    the table of ratios        make mutants  which test kills each mutant"
	@echo "make reference  the tables of docs/rules.md and docs/check.md again, from the code"
	@echo "make prove    the long proof (WRITE=1 puts its figures into docs/promise.md)"
	@echo "make contract  Schemathesis over the whole API (EXAMPLES=200)    make client  the Python client again, from the document"
	@echo "make lock     the lock files again, from requirements/*.in"

setup:
	@$(PYTHON) setup/install.py main

setup-dev:
	@$(PYTHON) setup/install.py main dev

setup-browser: setup-dev
	@$(PYTHON) setup/browser.py

run: setup
	@exec $(PY) server.py demo --home var

test: setup-browser
	@$(PY) setup/run_tests.py

check: setup-dev
	@$(PY) setup/run_tests.py --only-checks

fix: setup-dev
	@.venv/bin/ruff check --fix --quiet . ; .venv/bin/ruff format .

reference: setup
	@$(PY) -m engine.reports.reference docs/rules.md docs/check.md

bench: setup-dev
	@$(PYTHON) setup/install.py bench
	@$(PY) -m bench

mutants: setup-dev
	@$(PY) tests/mutants/run.py

prove: setup-dev
	@$(PY) -m bench.prove $(if $(WRITE),--write)

contract: setup-dev
	@$(PY) -m bench.contract --examples $(or $(EXAMPLES),200)

client: setup-dev
	@$(PY) -m clients.generate

lock:
	@sh setup/lock.sh

clean:
	rm -rf .venv .setup.lock .pytest_cache .ruff_cache .mypy_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
