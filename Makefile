# Few verbs; each sets up what it needs by itself. Python 3.11 or newer is all that must be there.
#   make demo    the main job: what each nation knew, and the report
#   make test    every check and every test, as CI runs them
#   make check   the checks alone: ruff, mypy, import-linter
#   make bench   the benchmarks, each beside its peer
#   make lock    pin the newest versions anew, with hashes
#   make clean   remove what these verbs made, the virtual environment included
SHELL := /bin/bash
BIN := .venv/bin
ARGS ?=

.PHONY: demo test check bench lock clean
.NOTPARALLEL:

demo:
	@bash tools/set-up.sh runtime
	@$(BIN)/commonwatch demo $(ARGS)

test: check
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile \
	    --cov --cov-report=term --durations=10 $(ARGS)

check:
	@bash tools/set-up.sh runtime dev
	$(BIN)/ruff check --quiet
	$(BIN)/ruff format --check --quiet
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

bench:
	@bash tools/set-up.sh runtime dev bench
	$(BIN)/python -m pytest --quiet tests/bench
	@$(BIN)/commonwatch bench $(or $(ARGS),all)

lock:
	@bash tools/lock.sh

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage
	find src tests -name __pycache__ -type d -prune -exec rm -rf {} +
