# Everything that people do with this repository. `make help` lists it. All of it works in .venv/.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

VENV := .venv
PY := $(VENV)/bin/python
# Tests run in parallel, three processes more than there are cores, because much of the time is spent waiting.
WORKERS ?= $(shell n=$$(nproc 2>/dev/null || echo 2); echo $$(( n > 2 ? n + 3 : 5 )))
# A file's tests share a worker; files come in the order of tests/order.py.
BY_FILE := --dist loadfile --no-loadscope-reorder
TESTS ?= tests

# Compiled files are kept even where the surroundings say otherwise: tests start hundreds of programs.
test drill bench: export PYTHONDONTWRITEBYTECODE :=

.PHONY: help run dev install check test drill bench clean

help: ## this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 16

run: $(VENV)/.installed ## set everything up and serve Lightbulb (PORT=3000)
	@exec $(PY) -m monitor_app serve

dev: $(VENV)/.installed ## the same with hot reload (`reflex run`)
	@exec $(PY) -m monitor_app dev

install: $(VENV)/.installed-dev ## everything that check, test and bench need

check: $(VENV)/.installed-dev ## lint, format, types, layers, house rules, known vulnerabilities
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports
	$(VENV)/bin/pytest -q tests/unit/test_house_rules.py
	$(PY) tools/audit.py

test: $(VENV)/.installed-dev ## all tests, in parallel, with coverage (TESTS=path for some)
	$(PY) tools/find_browser.py
	$(PY) tools/find_servers.py
	@rm -rf .coverage .coverage.* .lines .pytest_cache/v/cache/lastfailed && mkdir .lines
	LINES_FILE=$(CURDIR)/.lines/.coverage PYTHONPATH=$(CURDIR)/tools/lines $(PY) -m pytest -n $(WORKERS) $(BY_FILE) $(TESTS) || $(PY) tools/again.py $$?
	$(PY) -m coverage combine -q .lines
ifeq ($(TESTS),tests)
	$(PY) -m coverage report
	$(PY) -m coverage report --include='monitor_app/domain/*,monitor_app/security/*' --fail-under=100
endif

drill: $(VENV)/.installed-dev ## the long fault drills: kill -9, full disks, databases away, stalls, clocks
	$(PY) tools/find_browser.py
	$(PY) tools/find_servers.py
	DRILL=1 $(PY) -m pytest -n $(WORKERS) $(BY_FILE) -m drill

bench: $(VENV)/.installed-dev ## all benchmarks, short (NAME=engine for one in full, ARGS="--services 6000")
	@$(PY) tools/find_browser.py
ifdef NAME
	$(PY) -m monitor_app bench $(NAME) $(ARGS)
else
	$(PY) -m monitor_app bench accuracy --seconds 5
	$(PY) -m monitor_app bench engine --services 500 --interval 5 --seconds 15
	$(PY) -m monitor_app bench push --clients 200 --updates 10
	$(PY) -m monitor_app bench board --rounds 2
	$(PY) -m monitor_app bench map --rounds 2
	$(PY) -m monitor_app bench push-kind --seconds 3
	$(PY) -m monitor_app bench queue --changes 10 --polls 20
	$(PY) -m monitor_app bench api --services 200 --days 1 --interval 20 --seconds 10
	$(PY) -m monitor_app bench history --services 100 --days 3 --minutes 30
	$(PY) -m monitor_app bench noise --months 20
endif

clean: ## remove what was built (not .venv, not data)
	rm -rf .web .states .build.lock .coverage .coverage.* .lines .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
	find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +

$(VENV)/bin/pip:
	@python=$$(tools/find_python.sh) && echo "Making $(VENV) with $$($$python --version) ..." && $$python -m venv --clear $(VENV)

# The stamps say what is installed: a second run installs nothing.
$(VENV)/.installed: requirements.txt | $(VENV)/bin/pip
	@echo "Installing what requirements.txt pins ..."
	@$(PY) -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/.installed-dev: requirements-dev.txt $(VENV)/.installed
	@echo "Installing what requirements-dev.txt pins ..."
	@$(PY) -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@
