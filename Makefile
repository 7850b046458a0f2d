# Everything starts here: `make plan` and `make test` work from a fresh clone with Python and make.
# Prerequisites, not recipes, say what needs what; the stamps make set-up repeatable.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c

WORKBOOK ?= inputs/rare_earths.xlsx
OUT ?= out
PORT ?= 8501
# Left to right, the first that is new enough; `make PYTHON=python3.12 setup` chooses another.
PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	"$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$name" && break; done)
BIN := .venv/bin
# What the slow tests call: LibreOffice draws workbooks and decks, poppler turns PDFs into pictures;
# WeasyPrint writes PDFs with Pango; Chromium opens the app's pages.
SYSTEM_PACKAGES := libreoffice-calc libreoffice-impress poppler-utils fonts-liberation2 \
	libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 chromium

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' Makefile

.PHONY: plan
plan: setup ## solve inputs/rare_earths.xlsx into out/ (or WORKBOOK=my.xlsx OUT=folder)
	$(BIN)/planner solve "$(WORKBOOK)" -o "$(OUT)"

.PHONY: app
app: setup ## open the planner's desk in the browser (PORT=8501)
	$(BIN)/streamlit run app.py --server.port "$(PORT)"

.PHONY: check
check: setup ## read a workbook and report its faults, without solving (WORKBOOK=my.xlsx)
	$(BIN)/planner check "$(WORKBOOK)"

.PHONY: template
template: setup ## write an empty workbook with every sheet explained to out/template.xlsx
	mkdir -p "$(OUT)"
	$(BIN)/planner template "$(OUT)/template.xlsx"

.PHONY: test
test: lint ## lint, then every test that needs Python alone
	$(BIN)/python -m pytest -m "not slow" --numprocesses 2

.PHONY: test-slow
test-slow: setup ## the tests that call other programs (`make system` installs them)
	$(BIN)/python -m pytest -m slow

.PHONY: lint
lint: setup ## formatting, lint rules, types, directions of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright
	$(BIN)/lint-imports --no-logo

.PHONY: format
format: setup ## put the code into the house's format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: docs
docs: setup ## rewrite docs/workbook.md and docs/formulation.md from the code
	$(BIN)/python -m docs.generate

.PHONY: pictures
pictures: setup ## draw the pictures in docs/img anew: exports (three plans in out/pictures) and pages, in chromium
	mkdir -p "$(OUT)/pictures"
	$(BIN)/python -m docs.pictures "$(OUT)/pictures"
	$(BIN)/python -m docs.app_pictures

.PHONY: setup
setup: .venv/project.stamp ## make .venv from the locked dependencies

# A stamp is written last: a folder without it was left half-made and is made anew.
.venv/dependencies.stamp: requirements/dev.lock
	@if [[ -z "$(PYTHON)" ]]; then \
		echo "Python 3.11 or newer is needed and none was found. Install it, or name it: make setup PYTHON=python3.12" >&2; exit 1; fi
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "$(PYTHON) does not start or is older than 3.11. Name a newer one: make setup PYTHON=python3.12" >&2; exit 1; }
	rm -rf .venv
	@"$(PYTHON)" -m venv .venv || { \
		echo "$(PYTHON) cannot make a virtual environment. On Debian its venv package is missing (apt-get install python3-venv)." >&2; exit 1; }
	$(BIN)/python -m pip install --quiet --require-hashes --only-binary :all: --no-deps --requirement $<
	@touch $@

.venv/project.stamp: .venv/dependencies.stamp pyproject.toml
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

.PHONY: bench
bench: bench-setup ## a look at every figure of docs/benchmarks.md, in minutes
	.venv-bench/bin/python -m benchmarks quick

.PHONY: bench-full
bench-full: bench-setup ## the whole record, hours; goes on where it stopped (BENCH="--rows build --seeds 101,102")
	.venv-bench/bin/python -m benchmarks full $(BENCH)

.PHONY: bench-speed
bench-speed: bench-setup ## how long building takes, against the last run (SPEED=--benchmark-compare-fail=min:25%)
	.venv-bench/bin/python -m pytest benchmarks/test_speed.py --benchmark-autosave \
		--benchmark-storage=file://.benchmarks $$(compgen -G '.benchmarks/*/*.json' >/dev/null && echo --benchmark-compare) $(SPEED)

.PHONY: bench-desk
bench-desk: setup ## how long the desk lets a planner wait, in chromium (stop everything else first)
	$(BIN)/python -m benchmarks.desk

.PHONY: bench-setup
bench-setup: .venv-bench/project.stamp ## make .venv-bench: the planner and its peers, locked

.venv-bench/project.stamp: requirements/bench.lock pyproject.toml
	rm -rf .venv-bench
	@"$(PYTHON)" -m venv .venv-bench
	.venv-bench/bin/python -m pip install --quiet --require-hashes --only-binary :all: --no-deps --requirement $<
	.venv-bench/bin/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

.PHONY: system
system: ## install the programs that the slow tests call (Debian, as root)
	apt-get update --quiet --quiet
	DEBIAN_FRONTEND=noninteractive apt-get install --quiet --quiet --yes --no-install-recommends $(SYSTEM_PACKAGES)

.PHONY: lock
lock: setup ## lock the dependencies of pyproject.toml anew (UPGRADE=--upgrade takes the newest)
	for pair in build:runtime dev:dev bench:bench; do \
		$(BIN)/uv pip compile --quiet $(UPGRADE) --universal --generate-hashes --no-emit-index-url --no-header \
			--python-version 3.11 --group "$${pair%:*}" pyproject.toml --output-file "requirements/$${pair#*:}.lock"; \
	done

.PHONY: clean
clean: ## remove what the other targets made
	rm -rf .venv .venv-bench out build dist .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
