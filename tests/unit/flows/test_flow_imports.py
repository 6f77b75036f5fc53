"""A flow pod starts fast: what only a stage needs is imported when that stage runs."""

import subprocess
import sys

import pytest

from windlass.bootstrap.deployments import declared_deployments

HEAVY = (
    *("mlflow", "pandas", "scipy", "catboost", "lightgbm", "plotly", "matplotlib", "sklearn"),
    *("hyperopt", "numpy", "boto3", "redis", "kubernetes", "kopf", "fastapi"),
    *("xgboost", "partridge", "networkx"),
)

PROGRAM = """
import sys
from importlib import import_module
import_module(sys.argv[1])
print(*(name for name in sys.argv[2:] if name in sys.modules))
"""

MODULES = [declared.entrypoint.rpartition(".")[0] for declared in declared_deployments()]


@pytest.mark.parametrize("module", MODULES)
def test_importing_a_flow_imports_no_library_of_its_stages(module: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, module, *HEAVY],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert done.stdout.split() == []
