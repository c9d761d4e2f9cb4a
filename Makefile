# `make demo` runs the first scenario, `make test` the tests, `make check` everything a change must
# pass. Each makes its own virtual environment first, from requirements.lock, if there is none.

BIN := .venv/bin
READY := .venv/ready
IS_RIGHT := import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info < (3, 14))
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
	$$python -c '$(IS_RIGHT)' 2>/dev/null && echo $$python && break; done)
# make test SLOW=1 also runs the tests marked slow.
MARKED := $(if $(SLOW),-m "",)
LOCK := uv pip compile pyproject.toml --quiet --extra test --extra dev --universal \
	--python-version 3.11 --generate-hashes --no-annotate --no-header --no-emit-index-url \
	--no-emit-find-links --no-strip-extras

# Byte code is kept, whatever the environment says: without it, each of the processes that the tests
# start reads all source anew.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: demo test check lint coverage bench lock test-lowest wheel clean

demo: $(READY)
	$(BIN)/willing run scenarios/paris_2025.yaml --force

test: $(READY)
	$(BIN)/python -m pytest -q -n auto $(MARKED)

check: lint test

lint: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

# Of the compiled core, measured with compilation off: must be complete.
coverage: $(READY)
	NUMBA_DISABLE_JIT=1 $(BIN)/python -m pytest -q -n auto tests/core $(MARKED) \
		--cov=sim.core --cov-report=term-missing --cov-fail-under=100

bench: $(READY)
	$(BIN)/python experiments/speed/study.py

# The lowest versions that pyproject.toml allows, on Python 3.11.
test-lowest: $(READY)
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile pyproject.toml --quiet --extra test --python-version 3.11 \
		--resolution lowest-direct --no-header --no-emit-index-url -o .venv/lowest.txt
	test -x .venv-lowest/bin/python || python3.11 -m venv .venv-lowest
	.venv-lowest/bin/python -m pip install --quiet -r .venv/lowest.txt hatchling editables
	.venv-lowest/bin/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	.venv-lowest/bin/python -m pytest -q -n auto

lock: $(READY)
	$(BIN)/python -m pip install --quiet uv
	sed -n 1p requirements.lock > .venv/requirements.lock
	$(BIN)/$(LOCK) >> .venv/requirements.lock
	mv .venv/requirements.lock requirements.lock

wheel: $(READY)
	$(BIN)/python -m build --no-isolation

clean:
	rm -rf .venv .venv-lowest build dist .coverage .hypothesis .mypy_cache .pytest_cache \
		.ruff_cache .import_linter_cache
	find sim tests experiments -name __pycache__ -type d -exec rm -rf {} +

$(READY): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11, 3.12 or 3.13 with venv is needed." >&2; exit 2; }
	test -x $(BIN)/python && $(BIN)/python -c '$(IS_RIGHT)' || $(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@
