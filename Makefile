# GNU make 3.81 or newer, which macOS ships. PYTHON=<program> chooses the Python of a new .venv.
.DEFAULT_GOAL := help
.PHONY: help demo test integration check format bench lock
bin := .venv/bin
compile := uv pip compile --universal --generate-hashes --no-header --quiet --python-version 3.11

help: ## print this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## train, gate, promote, serve and predict, from nothing, on this machine
	@hack/setup.sh runtime
	@$(bin)/windlass demo

test: ## every test that needs no cluster and no outside server
	@hack/setup.sh dev
	$(bin)/pytest -m "not real" -n 2 --durations 15

integration: ## the ports' contracts against real Redis, PostgreSQL and MinIO
	@hack/setup.sh dev
	@minio=$$(hack/minio.sh) && MINIO_BIN=$$minio $(bin)/pytest -m real --durations 15

check: ## format, lint, imports, types and house rules
	@hack/setup.sh dev
	$(bin)/ruff format --check
	$(bin)/ruff check
	$(bin)/lint-imports --no-logo
	$(bin)/mypy
	$(bin)/pytest -q tests/unit/test_house_rules.py tests/unit/test_locks.py

format: ## rewrite the code as make check wants it, as far as a program can
	@hack/setup.sh dev
	$(bin)/ruff check --fix
	$(bin)/ruff format

bench: ## measure serving and decisions; tables here, JSON in benchmarks/results
	@hack/setup.sh dev
	@for benchmark in benchmarks/[a-z]*.py; do echo "== $$benchmark"; $(bin)/python "$$benchmark" || exit 1; done

lock: ## write the lock files again from pyproject.toml (UPGRADE=1: newest versions); needs uv
	@command -v uv >/dev/null || { echo "make lock needs uv: pip install uv" >&2; exit 1; }
	$(compile) $(if $(UPGRADE),--upgrade) --group build pyproject.toml -o requirements.lock
	$(compile) $(if $(UPGRADE),--upgrade) --group build --extra dev -c requirements.lock pyproject.toml -o requirements-dev.lock
