# Thin: every target is one command of .venv, which `setup` makes. ARGS="…" is passed on.
.DEFAULT_GOAL := help
.PHONY: help setup up test test-long fuzz demo bench screenshots openapi client check check-format check-lint check-mypy check-pyright check-rooms check-dependencies check-sizes
.DELETE_ON_ERROR:

# The uv of the PATH, else one of our own.
UV := $(or $(shell command -v uv 2>/dev/null),.tools/bin/uv)
export UV_PYTHON_DOWNLOADS := never
SYNCED := .venv/.synced
BIN := .venv/bin
# What writes the client has an environment of its own, because it asks for an older Typer.
GENERATOR := clients/generator/.venv
ARGS ?=

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-20s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo 'ARGS="…" is passed on, as in: make test ARGS="-k refund"'

setup: $(SYNCED) $(GENERATOR)/.synced ## make .venv with everything that uv.lock names
	@echo '.venv is ready'

up: $(SYNCED) ## run the whole product on this machine, until Ctrl-C
	@$(BIN)/perennial up $(ARGS)

test: $(SYNCED) $(GENERATOR)/.synced ## run the tests, on SQLite, PostgreSQL and a real engine
	@$(BIN)/pytest $(ARGS)

test-long: $(SYNCED) $(GENERATOR)/.synced ## run the tests with all repetitions: 5,000 transactions, 200 deaths of a mailer, …
	@$(BIN)/pytest --long $(ARGS)

fuzz: $(SYNCED) ## send 20,000 made-up requests as three roles; a sample of them is in the tests
	@$(BIN)/pytest -n 0 tests/fuzz --fuzz $(ARGS)

demo: $(SYNCED) ## run a partner's book over three virtual years, to the cent
	@$(BIN)/perennial demo $(ARGS)

openapi: $(SYNCED) ## write docs/openapi.json anew
	@$(BIN)/perennial openapi docs/openapi.json

client: $(SYNCED) $(GENERATOR)/.synced ## write the Python client's generated part anew, from docs/openapi.json
	@$(GENERATOR)/bin/python clients/generator/generate.py docs/openapi.json clients/python/perennial_client/generated

bench: $(SYNCED) ## measure purchases beside the bare engine, documents, pages and invoicing
	@$(BIN)/python -m bench $(ARGS)

screenshots: $(SYNCED) ## take the console's pictures in docs/images anew, in a sandbox of its own
	@$(BIN)/python scripts/screenshots.py $(ARGS)

check: check-format check-lint check-mypy check-pyright check-rooms check-dependencies check-sizes ## run every check but the tests

check-format: $(SYNCED) ## the code is formatted
	@$(BIN)/ruff format --check .

check-lint: $(SYNCED) ## the linter has nothing to say
	@$(BIN)/ruff check .

check-mypy: $(SYNCED) ## the types fit, says mypy
	@$(BIN)/mypy

check-pyright: $(SYNCED) ## the types fit, says pyright
	@$(BIN)/pyright

check-rooms: $(SYNCED) ## imports go down only
	@$(BIN)/lint-imports

check-dependencies: $(SYNCED) ## dependencies are declared and used
	@$(BIN)/deptry src

check-sizes: $(SYNCED) ## functions and files are short, rooms are ours
	@$(BIN)/pytest -q tests/layout

$(SYNCED): uv.lock pyproject.toml | $(UV)
	@$(UV) sync --locked --quiet --compile-bytecode
	@touch $@

$(GENERATOR)/.synced: clients/generator/uv.lock clients/generator/pyproject.toml | $(UV)
	@$(UV) sync --locked --quiet --project clients/generator
	@touch $@

# Debian keeps the module venv in a package of its own, so pip into a folder is the second try.
.tools/bin/uv:
	@echo "fetching uv into .tools"
	@{ python3 -m venv .tools && .tools/bin/pip install --quiet --disable-pip-version-check 'uv>=0.13,<0.14'; } \
		|| python3 -m pip install --quiet --upgrade --target .tools 'uv>=0.13,<0.14' \
		|| { echo "Python 3.11 with venv or pip is needed (Debian: apt-get install python3-venv)" >&2; exit 1; }
