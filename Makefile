# Two commands for a newcomer: `make demo` and `make test`. Both need only Python >= 3.10, make and PyPI.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
LANG_OF_REPORT ?= fa

.PHONY: demo test lint types pytest bench-test tour fixtures translations bench bench-site bench-till bench-night bench-books erpnext-regression clean

demo: $(VENV)/.demo
	$(BIN)/loyalty-club backtest --program fixtures/persian_shop.program.json \
		--invoices fixtures/persian_shop.csv.gz --lang $(LANG_OF_REPORT) --calendar jalali --out demo

test: lint types pytest bench-test

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev
	$(BIN)/mypy

pytest: $(VENV)/.dev
	$(BIN)/pytest

# The app on a real Frappe and ERPNext: FRAPPE_BENCH_ROOT, else ~/frappe-bench; says so where there is none.
bench-test: $(BIN)/python
	$(BIN)/python tests/bench/run.py

# Walks an admin's, a salesperson's, an accountant's, a card maker's and a cashier's day in a browser, in both languages, on a fresh
# site, and rewrites docs/images/tour: needs a bench whose Python has Playwright and Pillow, and Chromium.
tour:
	for walk in admin salesperson accountant cards till; do \
		$${FRAPPE_BENCH_ROOT:-$$HOME/frappe-bench}/env/bin/python tests/browser/$$walk.py || exit 1; \
	done

# Rewrites the bundled year of a shop and its golden results from their seed.
fixtures: $(VENV)/.dev
	$(BIN)/python fixtures/make_persian_shop.py
	$(BIN)/python fixtures/make_golden.py

# Brings loyalty_club/locale/fa.po up to date with the code, and writes translations/fa.csv from it.
translations: $(VENV)/.dev
	$(BIN)/python tests/translations.py

bench: $(VENV)/.dev
	$(BIN)/python benchmarks/backtest.py
	$(BIN)/python benchmarks/lrfm.py

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || \
		{ echo "loyalty_club needs Python 3.10 or newer; $(PYTHON) is older. Try: make PYTHON=python3.11 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.demo: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable '.[cli]'
	@touch $@

$(VENV)/.dev: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable '.[cli,dev]'
	@touch $@ $(VENV)/.demo

# ERPNext's own tests without the app and with it; an hour.
erpnext-regression: $(BIN)/python
	$(BIN)/python tests/bench/regression.py

# What the club costs on a real ERPNext; makes a site of its own, half an hour.
bench-site: $(BIN)/python
	$(BIN)/python benchmarks/site.py

# What the club costs at the Point of Sale, beside a site without it; makes two sites, a quarter of an hour.
bench-till: $(BIN)/python
	$(BIN)/python benchmarks/till.py

# What the night costs on a club of 100,000 members and 1,000,000 entries; makes a site of its own, half an hour.
bench-night: $(BIN)/python
	$(BIN)/python benchmarks/night.py

# What the month's end and a try-out cost on such a club; makes a site of its own, twenty minutes.
bench-books: $(VENV)/.demo
	$(BIN)/python benchmarks/books.py

clean:
	rm -rf $(VENV) demo
