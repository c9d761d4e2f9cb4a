# `make demo` runs the first scenario, `make test` the tests, `make check` everything a change must
# pass. Each makes the virtual environment .venv first, from requirements.lock: the demo installs
# only what running needs, the others what tests and development need as well.

BIN := .venv/bin
CAN_RUN := .venv/can_run
READY := .venv/ready
IS_RIGHT := import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info < (3, 15))
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c '$(IS_RIGHT)' 2>/dev/null && echo $$python && break; done)
# make test SLOW=1 also runs the tests marked slow.
MARKED := $(if $(SLOW),-m "",)
LOCK := uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
	--no-annotate --no-header --no-emit-index-url --no-emit-find-links --no-strip-extras
# What in requirements.lock is not needed to run begins with this line.
ONLY_TESTS := \# Only for tests and development:
INSTALL := $(BIN)/python -m pip install --require-hashes

# Byte code is kept, whatever the environment says: without it, each of the processes that the tests
# start reads all source anew.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: demo test check lint coverage bench lock test-lowest web wheel clean

demo: $(CAN_RUN)
	@echo "== Running the main scenario 1,000 times"
	$(BIN)/willing run paris_2025 --force
	@echo
	@echo "The figures are in results/paris_2025/figures. Next, for example:"
	@echo "  $(BIN)/willing trace results/paris_2025 --run 7"
	@echo "  $(BIN)/willing compare paris_2025 paris_2025_us_backstop"
	@echo "  $(BIN)/willing new my_scenario.yaml"

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

# Writes its table into docs/performance.md.
bench: $(READY)
	$(BIN)/python experiments/speed/study.py --write-docs

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
	rm -f .venv/all.lock .venv/run.lock
	printf 'editables\nhatchling\n' > .venv/install.in
	$(BIN)/$(LOCK) --extra test --extra dev -o .venv/all.lock
	$(BIN)/$(LOCK) .venv/install.in --constraint .venv/all.lock -o .venv/run.lock
	{ sed -n 1p requirements.lock; $(call PINS,1); echo "$(ONLY_TESTS)"; $(call PINS,0); } \
		> .venv/requirements.lock
	mv .venv/requirements.lock requirements.lock

# Pins of .venv/all.lock that are in .venv/run.lock as well (1), or are not (0).
PINS = awk 'NR == FNR { if (/==/) run[$$1]; next } /==/ { is_run = $$1 in run } is_run == $(1)' \
	.venv/run.lock .venv/all.lock

# The front end of `willing app`, from sim/app/web into sim/app/static: needs Node.
web:
	cd sim/app/web && npm ci --silent --ignore-scripts && npm run --silent check \
		&& npm run --silent build && npm run --silent test

wheel: $(READY)
	$(BIN)/python -m build --no-isolation

clean:
	rm -rf .venv .venv-lowest build dist .coverage .hypothesis .mypy_cache .pytest_cache \
		.ruff_cache .import_linter_cache
	find sim tests experiments -name __pycache__ -type d -exec rm -rf {} +

$(CAN_RUN): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11, 3.12, 3.13 or 3.14 with venv is needed." >&2; exit 2; }
	@echo "== Making the environment .venv"
	test -x $(BIN)/python && $(BIN)/python -c '$(IS_RIGHT)' || $(PYTHON) -m venv --clear .venv
	@echo "== Installing what running needs: some 220 MB to download, 850 MB on disk"
	sed '/^$(ONLY_TESTS)$$/,$$d' requirements.lock > .venv/run.lock
	$(INSTALL) -r .venv/run.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(READY): $(CAN_RUN)
	@echo "== Installing what tests and development need"
	$(INSTALL) --quiet -r requirements.lock
	@touch $@
