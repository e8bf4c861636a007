# Two commands do everything on a machine with Python 3.11 and make: `make demo` and `make test`.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
DEMO := kanmon-demo

# Tests wait for the disk more than for anything else, and what they write is thrown away: in memory where there is enough.
SCRATCH = $(shell [ "$$(df --output=avail /dev/shm | tail -1)" -gt 8000000 ] 2>/dev/null && echo /dev/shm || echo "$${TMPDIR:-/tmp}")

.PHONY: demo test check nightly reference release docs screens cluster mutants lint types imports house install install-test browser debian-packages clean

demo: install
	$(BIN)/kanmon demo --workspace $(DEMO)

# Modules are compiled once, not by each process of a run and each that a test starts, even where Python is told so.
PYTEST = PYTHONDONTWRITEBYTECODE= TMPDIR=$(SCRATCH) $(BIN)/python -m pytest -q -n 3 --dist loadscope --no-loadscope-reorder

test: install-test browser lint
	$(BIN)/python -m compileall -q src tests
	$(PYTEST) -m "not nightly" --ignore tests/house  # lint ran it

# What is quick to know of a change: rules, decisions, stores, the house; tests/slow.toml says what it leaves out.
check: install-test lint
	$(PYTEST) -m "not nightly and not slow" tests/unit tests/decisions tests/stores

# All that tests/nightly.toml leaves out by day, and every property on all of its examples (tests/drawn.py).
nightly: install-test browser
	$(PYTEST) -m "nightly or hypothesis" --hypothesis-profile night

# Pictures of every page into docs/screens, taken while the tests go through the portals.
screens: install-test browser
	KANMON_SCREENS=docs/screens $(BIN)/python -m pytest -q tests/journey/portals/test_pages.py

# The engine's tests on a standalone Spark cluster of this machine: a master and two workers.
cluster: install-test
	$(BIN)/python -m tests.engines.cluster

# Pages of docs that are written from the code.
reference: install-test
	$(BIN)/python -m tests.reference
	$(BIN)/python -m tests.notice

# The documentation as a site, into site/; `.venv/bin/mkdocs serve` shows it while it is written.
docs: install-test
	$(BIN)/python -m mkdocs build --strict

# Wheel, sources, a bill of materials of everything that is installed (CycloneDX) and checksums, into dist/.
release: $(BIN)/uv
	$(BIN)/uv venv --quiet --clear --seed $(VENV)/release
	$(BIN)/uv venv --quiet --clear $(VENV)/parts
	$(BIN)/uv pip install --quiet --python $(VENV)/parts/bin/python --require-hashes -r requirements/run.txt
	$(BIN)/uv pip install --quiet --python $(VENV)/release/bin/python --require-hashes -r requirements/release.txt
	rm -rf dist
	$(VENV)/release/bin/python -m build --no-isolation --outdir dist .
	$(VENV)/release/bin/cyclonedx-py environment --pyproject pyproject.toml --output-reproducible --validate \
	  --output-file dist/kanmon.cdx.json $(VENV)/parts/bin/python
	cd dist && sha256sum * > SHA256SUMS

mutants: install-test
	$(BIN)/python -m tests.mutation.run

lint: install-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(MAKE) --no-print-directory --output-sync -j 3 types imports house

types:
	$(BIN)/mypy

imports:
	$(BIN)/lint-imports

house:
	$(BIN)/python -m pytest -q tests/house

install: $(VENV)/.installed
install-test: $(VENV)/.installed-test

$(BIN)/uv:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==0.13.9

$(VENV)/.installed: $(BIN)/uv requirements/run.txt pyproject.toml
	@echo "installing what is listed in requirements/run.txt: about 1 GB with the extras portals, pdf and crawl"
	$(BIN)/uv pip install --compile-bytecode --python $(BIN)/python --require-hashes -r requirements/run.txt
	$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --no-deps -e .
	touch $@

$(VENV)/.installed-test: $(VENV)/.installed requirements/test.txt
	@echo "installing what tests need, listed in requirements/test.txt: about 1 GB more"
	$(BIN)/uv pip install --compile-bytecode --python $(BIN)/python --require-hashes -r requirements/test.txt
	touch $@

# A real browser for the portals' tests, with a Japanese font, and a MariaDB: what `make test` adds to the machine.
browser:
	@{ command -v chromium-headless-shell || command -v chromium; } >/dev/null && fc-list :lang=ja 2>/dev/null | grep -q . && PATH=$$PATH:/usr/sbin command -v mariadbd >/dev/null || $(MAKE) debian-packages

debian-packages:
	@if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  apt-get update -qq && \
	  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium-headless-shell fontconfig fonts-noto-cjk mariadb-server-core; \
	else \
	  echo "the tests need a browser, a Japanese font and a MariaDB; please run:"; \
	  echo "  sudo apt-get install chromium-headless-shell fontconfig fonts-noto-cjk mariadb-server-core"; \
	  exit 1; \
	fi

clean:
	rm -rf $(VENV) $(DEMO)
