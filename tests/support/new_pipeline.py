"""A clone in which somebody followed docs/add-a-pipeline.md: it has a fifth pipeline."""

import re
import shutil
import subprocess
from pathlib import Path

from tests.support.repository import ROOT

NAME = "berth-hours"
FLOW = "windlass.pipelines.berth_hours.flow"

_LAYER = "windlass.pipelines.predictive_maintenance.flow"


def clone_with_pipeline(folder: Path) -> Path:
    """Copy what a pipeline touches, then run the document's commands; returns the sources."""
    shutil.copytree(ROOT / "src", folder / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "docs" / "pipeline_template", folder / "docs" / "pipeline_template")
    document = (ROOT / "docs" / "add-a-pipeline.md").read_text()
    [commands] = re.findall(r"```sh\n(cp .*?)```", document, re.DOTALL)
    subprocess.run(["sh", "-ec", commands], cwd=folder, check=True)
    project = (ROOT / "pyproject.toml").read_text()
    (folder / "pyproject.toml").write_text(project.replace(_LAYER, f"{_LAYER} | {FLOW}"))
    return folder / "src"
