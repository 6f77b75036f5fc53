# GNU make 3.81 or newer, which macOS ships. PYTHON=<program> chooses the Python of a new .venv.
.DEFAULT_GOAL := help
.PHONY: help demo up down forward e2e e2e-full bench-cluster bench-operator bench-promotion test integration charts check format bench lock cluster-up cluster-down images
bin := .venv/bin
# bytecode is kept, whatever the shell says: without it each of hundreds of processes compiles all of Windlass again
export PYTHONDONTWRITEBYTECODE :=
compile := uv pip compile --universal --generate-hashes --no-header --quiet --python-version 3.11

help: ## print this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## train, gate, promote, serve and predict, from nothing, on this machine
	@hack/setup.sh runtime
	@$(bin)/windlass demo

test: ## every test that needs no cluster and no outside server, but for those that take long
	@hack/setup.sh dev
	$(bin)/pytest --ignore tests/charts --ignore tests/e2e -m "not real and not e2e" -n 3 --no-loadscope-reorder --durations 15

integration: ## real Redis, PostgreSQL and MinIO, real samples, and what takes long
	@hack/setup.sh dev
	@minio=$$(hack/minio.sh) && MINIO_BIN=$$minio $(bin)/pytest -m real --durations 15

charts: ## the charts as helm renders them, without a cluster
	@hack/setup.sh dev
	@HELM=$$(hack/helm.sh) && KUBECONFORM=$$(hack/helm.sh kubeconform) && SCHEMAS=$$($(bin)/python hack/schemas.py) && \
	export HELM KUBECONFORM SCHEMAS && $(bin)/pytest tests/charts --durations 5

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

# -P: benchmarks/operator.py has the name of a module of Python's own
bench: ## measure serving, decisions and streaming; tables here, JSON in benchmarks/results
	@hack/setup.sh dev
	@for benchmark in benchmarks/decide.py benchmarks/serving.py benchmarks/eta.py; do echo "== $$benchmark"; $(bin)/python -P "$$benchmark" || exit 1; done

bench-cluster: ## measure how fast flow runs start, on the release of make up
	@hack/setup.sh dev
	@. hack/cluster/settings.sh && $(bin)/python -P benchmarks/flow_start.py --kubeconfig "$$KUBECONFIG"

bench-operator: ## measure the operator with a thousand promotions, on a local cluster
	@hack/setup.sh dev
	@hack/cluster/up.sh >/dev/null
	@. hack/cluster/settings.sh && $(bin)/python -P benchmarks/operator.py

bench-promotion: ## measure promotions, on the release of make up
	@hack/setup.sh dev
	@. hack/cluster/settings.sh && $(bin)/python -P benchmarks/promotion.py

lock: ## write the lock files again from pyproject.toml (UPGRADE=1: newest versions); needs uv
	@command -v uv >/dev/null || { echo "make lock needs uv: pip install uv" >&2; exit 1; }
	$(compile) $(if $(UPGRADE),--upgrade) --group build pyproject.toml -o requirements.lock
	$(compile) $(if $(UPGRADE),--upgrade) --group build --extra dev -c requirements.lock pyproject.toml -o requirements-dev.lock

up: ## build, load and install on a cluster (CONTEXT=… REGISTRY=… for one that is not local)
	@python3 hack/up --context "$(CONTEXT)" --registry "$(REGISTRY)" $(foreach value,$(SET),--set $(value))

down: ## remove what make up installed; data and passwords stay until they are deleted
	@python3 hack/up/down.py --context "$(CONTEXT)"

forward: ## open the pages of what make up installed, until Ctrl-C
	@python3 hack/up/forward.py --context "$(CONTEXT)"

e2e-full: ## the stories of make e2e and the long ones: faults, every kill, installations that can't work
	@hack/e2e.sh -m e2e

e2e: ## the stories on a real cluster, which it starts where none runs
	@hack/e2e.sh

cluster-up: ## a one-node Kubernetes on this machine, without Docker (Linux, root)
	@hack/cluster/up.sh

cluster-down: ## end it and forget its data
	@hack/cluster/down.sh

images: ## build Windlass's image without Docker (TAG=…) and load it into that cluster
	@TAG=$(TAG) hack/cluster/images.sh
