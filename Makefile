# Two commands on a fresh machine with git, make and Python 3.11 or later:
#   make demo     a demo database, and the SOC 2 report of its last full quarter
#   make test     all tests
# For those who change the code:
#   make dev      .venv and system packages, ready to work (the others call it)
#   make servers  PostgreSQL, MariaDB and Chromium for the tests that start them (make test calls it)
#   make test-recorder  the recorder inside a real Superset, which is installed in .venv-superset
#   make check    style, types, layers, queries, README, wheel
#   make format   rewrite the code in the one style
#   make bench    measure against psql, sqlite3 and others (BENCH=quick: a tenth; BENCH=full: 18 million rows)
#   make hardening  all suites that try to break it; their counts go to docs/hardening.md:
#   make fuzz       random input for what reads foreign files (FUZZ_SECONDS each, 60)
#   make faults     let every write, fsync, rename and mkdir fail, or kill auditctl there, in turn (FAULTS=full: hours)
#   make walls      break connections of real servers in the middle of reading
#   make readme   rewrite the help blocks of README.md
#   make clean    remove everything that these targets made

SHELL := /bin/sh
BIN := .venv/bin
READY := .venv/.ready
SUPERSET := .venv-superset

export PIP_DISABLE_PIP_VERSION_CHECK = 1
# What a shell is set to must not lead the demo to a real database, nor an import out of .venv.
unexport AUDITCTL_CONFIG AUDITCTL_SOURCE_URL AUDITCTL_AUDIT_URL AUDITCTL_NOW AUDITCTL_CATALOGUE PYTHONHOME PYTHONPATH

.PHONY: help dev demo test test-recorder servers check style types layers queries check-readme check-wheel format bench hardening fuzz faults walls readme clean

help:
	@sed -n 's/^# \{0,1\}//p; /^$$/q' Makefile

dev: $(READY)

$(READY): pyproject.toml scripts/setup.sh
	@scripts/setup.sh

# The demo's story lies in the last third quarter that has ended.
demo: $(READY)
	@rm -rf demo
	@$(BIN)/auditctl demo demo
	@$(BIN)/auditctl --config demo/auditctl.toml report soc2 --period Q3 --out demo

test: $(READY) servers
	@$(BIN)/pytest -q -n 2 --dist loadfile

servers:
	@scripts/servers.sh

# The tests run in .venv; only the server that they start runs in .venv-superset.
test-recorder: $(READY) servers $(SUPERSET)/.ready
	@$(BIN)/python -m pytest -q recorder/tests

$(SUPERSET)/.ready: recorder/tests/requirements-superset.txt
	@$(BIN)/python -m venv $(SUPERSET)
	@$(SUPERSET)/bin/pip install --quiet --requirement $<
	@touch $@

check: style types layers queries check-readme check-wheel
	@echo "make check: all good"

style: $(READY)
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet .

types: $(READY)
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/mypy --no-error-summary --explicit-package-bases scripts bench hardening

layers: $(READY)
	@$(BIN)/lint-imports --no-logo

queries: $(READY)
	@$(BIN)/auditctl queries lint

check-readme: $(READY)
	@$(BIN)/python scripts/sync_readme.py --check
	@$(BIN)/python scripts/hardening.py --check

check-wheel: $(READY)
	@scripts/check_wheel.sh

format: $(READY)
	@$(BIN)/ruff check --quiet --fix .
	@$(BIN)/ruff format --quiet .

bench: $(READY) servers
	@$(BIN)/python -m bench

hardening: fuzz faults walls

fuzz: $(READY)
	@$(BIN)/python -m pip install --quiet --group fuzz
	@$(BIN)/python -m hardening.fuzz

faults: $(READY)
	@$(BIN)/python -m hardening.faults

walls: $(READY) servers
	@$(BIN)/python -m pytest -q hardening/walls

readme: $(READY)
	@$(BIN)/python scripts/sync_readme.py

clean:
	@rm -rf bench/.cache .venv .venv-superset demo dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find auditctl bench hardening tests scripts -name __pycache__ -prune -exec rm -rf {} +
