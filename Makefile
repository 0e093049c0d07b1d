# Every command prepares .venv by itself, so a fresh clone needs nothing but Python and make.

# The first of these that is Python 3.11 or newer; `make PYTHON=/path/to/python` overrules it.
PYTHON ?= $(shell for name in python3.13 python3.12 python3.11 python3 python; do \
	$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo $$name && break; done)

BIN := .venv/bin
READY := .venv/ready

# Two test files or notebooks at a time; conftest.py gives each one thread.
PARALLEL := -n 2 --dist loadfile

.PHONY: help book test notebooks mutants bench check clean

help:
	@echo "make book       build the book and say which page to open"
	@echo "make test       run the unit tests, then every chapter, comparing its outputs"
	@echo "make notebooks  run the chapters whose code has changed and store their outputs"
	@echo "make mutants    run the chapters on libraries with one thing wrong, which they must notice"
	@echo "make bench      compare speed and memory with a hand-written loop and with peers"
	@echo "make check      check style, notebooks, links and wording"
	@echo "make clean      delete all that the commands above have made, .venv included"

book: $(READY)
	$(BIN)/jupyter-book build . -n -W --keep-going
	@echo
	@echo "The book is built. Open this page in a browser:"
	@echo "    file://$(CURDIR)/_build/html/index.html"

test: $(READY)
	$(BIN)/pytest tests $(PARALLEL)
	$(BIN)/pytest --nbval chapters $(PARALLEL)

notebooks: $(READY)
	$(BIN)/python -m book.notebooks all

mutants: $(READY)
	$(BIN)/python -m book.mutants

bench: $(READY)
	$(BIN)/python -m benchmarks

check: book
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python -m book.notebooks check
	$(BIN)/pytest tests/project tests/browser/test_links.py

clean:
	rm -rf .venv _build dist .pytest_cache .ruff_cache *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): requirements.txt constraints.txt pyproject.toml
	@test -n "$(PYTHON)" || { echo "This book needs Python 3.11 or newer, and found none." \
		"Install one, or name it: make PYTHON=/path/to/python $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -r requirements.txt -c constraints.txt
	@touch $@
