"""A flow pod starts fast: what only a stage needs is imported when that stage runs."""

import json
import subprocess
import sys

import pytest

from windlass.bootstrap.deployments import declared_deployments

HEAVY = (
    *("mlflow", "pandas", "scipy", "catboost", "lightgbm", "plotly", "matplotlib", "sklearn"),
    *("hyperopt", "numpy", "boto3", "redis", "kubernetes", "kopf", "fastapi"),
    *("xgboost", "partridge", "networkx"),
)
"""Each costs a pod a tenth of a second or more."""

PROGRAM = """
import json, sys
from importlib import import_module
modules, heavy = json.loads(sys.argv[1]), json.loads(sys.argv[2])
new = {}
for module in modules:
    before = set(sys.modules)
    import_module(module)
    new[module] = [name for name in heavy if name in sys.modules and name not in before]
print(json.dumps(new))
"""

MODULES = [declared.entrypoint.rpartition(".")[0] for declared in declared_deployments()]


@pytest.fixture(scope="module")
def brought() -> dict[str, list[str]]:
    """What each flow was the first to import, all of them in one process."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, json.dumps(MODULES), json.dumps(HEAVY)],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    found: dict[str, list[str]] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("module", MODULES)
def test_importing_a_flow_imports_no_library_of_its_stages(
    brought: dict[str, list[str]], module: str
) -> None:
    assert brought[module] == []
