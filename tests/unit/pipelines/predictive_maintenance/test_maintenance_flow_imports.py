"""A flow pod starts fast: what only a stage needs is imported when that stage runs."""

import subprocess
import sys

HEAVY = ("mlflow", "pandas", "scipy", "catboost", "lightgbm", "matplotlib", "plotly", "sklearn")

PROGRAM = f"""
import sys
import windlass.pipelines.predictive_maintenance.flow
print(*(name for name in {HEAVY} if name in sys.modules))
"""


def test_importing_the_flow_imports_no_library_of_its_stages() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout.split() == []
