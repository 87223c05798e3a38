VENV ?= .venv
PYTHON ?= python3
BIN = $(VENV)/bin

.PHONY: run test coverage lint requirements kills bench help

run: $(VENV)/.installed  ## set up and run the daemon on sources.toml
	$(BIN)/listener run

test: $(VENV)/.installed-dev  ## set up and run the tests
	$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder

coverage: $(VENV)/.installed-dev  ## run the tests and list the lines that none reaches; takes twice the time
	$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder --cov --cov-report=term --cov-fail-under=90

lint: $(VENV)/.installed-dev
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy

$(VENV)/.installed: requirements.txt pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --requirement requirements.txt
	$(BIN)/python -m pip install --quiet --no-deps --editable .
	touch $@

$(VENV)/.installed-dev: $(VENV)/.installed requirements-dev.txt pyproject.toml
	$(BIN)/python -m pip install --quiet --requirement requirements-dev.txt
	touch $@

requirements: $(VENV)/.installed-dev  ## renew the pinned requirements
	$(BIN)/python -m piptools compile --quiet --upgrade --strip-extras --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --output-file requirements.txt pyproject.toml
	$(BIN)/python -m piptools compile --quiet --upgrade --strip-extras --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --extra dev --constraint requirements.txt --output-file requirements-dev.txt pyproject.toml

kills: $(VENV)/.installed-dev  ## kill the daemon at 200 random points, and see that nothing is lost
	$(BIN)/python -m tests.kill.campaign --kills 200

bench: $(VENV)/.installed-dev  ## measure what the claims about speed rest on
	$(BIN)/python -m benchmarks.feeds --feeds 100 --runs 1
	$(BIN)/python -m benchmarks.ingest
	$(BIN)/python -m benchmarks.matching

help:  ## list these targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 16
