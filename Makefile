# Two commands: `make demo` to see it, `make test` to check that it works. `make run` is for real use.
PYTHON ?= python3
BIN := .venv/bin
# What checks and tests run under: no .env, throwaway keys.
TEST_ENV := ENV_FILE=tests/test.env

.DEFAULT_GOAL := help
.PHONY: help demo run test test-full bench lighthouse screenshots lint style format types imports migrations messages check lock

help:
	@echo "make demo   the portal with a simulated provider and sixty days of history"
	@echo "make run    the portal for real use"
	@echo "make test   all tests    make check   lint, style, types, imports, migrations, messages    make bench   measurements"

.venv/run: requirements.txt scripts/venv.sh
	@sh scripts/venv.sh $(PYTHON) requirements.txt
	@touch $@

.venv/dev: requirements-dev.txt .venv/run
	@sh scripts/venv.sh $(PYTHON) requirements-dev.txt
	@touch $@

demo: .venv/run
	@$(BIN)/python scripts/start.py demo

run: .venv/run
	@$(BIN)/python scripts/start.py run

test: .venv/dev
	@sh scripts/test_deps.sh
	@$(BIN)/python -m pytest -n 3 --dist worksteal -m "not full"

test-full: .venv/dev
	@sh scripts/test_deps.sh full
	@$(BIN)/python -m pytest -n 2 --dist worksteal

bench: .venv/dev
	@$(TEST_ENV) $(BIN)/python -m bench $(or $(BENCH),--write)

lighthouse: .venv/dev
	@$(BIN)/python scripts/lighthouse.py

screenshots: .venv/dev
	@$(BIN)/python -m scripts.screenshots

lint: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/djlint --quiet --lint templates
	$(BIN)/bandit --quiet --recursive --configfile pyproject.toml xdportal
	$(BIN)/vermin --quiet --no-tips --violations --target=3.8- cli/xdportal.py
	$(BIN)/python -m scripts.templates
	@sh scripts/audit.sh

style: .venv/dev
	$(BIN)/python -m scripts.style xdportal cli scripts bench --bare 8.5 --median 8 --p90 25 --max 50

format: .venv/dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: .venv/dev
	$(TEST_ENV) $(BIN)/mypy

imports: .venv/dev
	$(BIN)/lint-imports --no-logo

migrations: .venv/dev
	$(TEST_ENV) $(BIN)/python manage.py makemigrations --check --dry-run

messages: .venv/dev
	@sh scripts/messages.sh

check: lint style types imports migrations messages

lock: .venv/dev
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header requirements.in -o requirements.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header requirements-dev.in -o requirements-dev.txt
