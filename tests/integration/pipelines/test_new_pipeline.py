"""A fifth pipeline, made as docs/add-a-pipeline.md says: trained, served and checked."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.new_pipeline import FLOW, NAME, clone_with_pipeline
from tests.support.repository import ROOT
from tests.support.serving_process import ServingProcess, eventually
from windlass.adapters.folder_objects import FolderObjects
from windlass.bootstrap.folder import Folder
from windlass.domain.names import Digest
from windlass.services.bundles import read_bundle
from windlass.settings import ObjectsSettings

HEAVY = ("mlflow", "numpy", "pandas", "lightgbm", "boto3", "redis", "sklearn")

LOOK = f"""
import sys
from {FLOW} import main
print(main.name, *(name for name in sys.argv[1:] if name in sys.modules))
"""


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clone")
    clone_with_pipeline(folder)
    return folder


def python(clone: Path, *arguments: str) -> str:
    """Run Python in the clone; what it printed."""
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=clone,
        env={**os.environ, "PYTHONPATH": str(clone / "src")},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout


@pytest.fixture(scope="module")
def trained(clone: Path) -> dict[str, Any]:
    command = ("train", NAME, "--source", "synthetic", "--output", "json")
    found: dict[str, Any] = json.loads(python(clone, "-m", "windlass.cli", *command))
    return found


@pytest.fixture
def server(
    clone: Path, trained: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[ServingProcess]:
    """The inference server with that version as champion."""
    objects = FolderObjects(Folder(clone / ".windlass").alone, ObjectsSettings().bucket)
    bundle = read_bundle(objects, Digest(trained["bundle_digest"]))
    monkeypatch.setenv("PYTHONPATH", f"{clone / 'src'}{os.pathsep}{ROOT}")
    process = ServingProcess(tmp_path)
    process.publish(bundle)
    process.start(loader="windlass.serving.loader")
    try:
        process.route(bundle)
        eventually(lambda: process.public.get("/readyz").is_success)
        yield process
    finally:
        process.close()


def test_it_is_trained_into_a_version(trained: dict[str, Any]) -> None:
    assert (trained["model"], trained["version"]) == (NAME, "1")
    assert trained["metrics"]["mae"] < trained["metrics"]["baseline_mae"] / 2


def test_it_answers_requests_and_names_what_is_wrong_with_them(server: ServingProcess) -> None:
    call = {"arrived": "2024-05-01T06:00:00", "berth": "A", "containers": 300, "wind": 4.5}
    answer = server.public.post("/predict", json=call)
    assert answer.status_code == 200, answer.text
    assert answer.headers["x-model-version"] == "1"
    assert 8 < answer.json()["hours"] < 20
    refused = server.public.post("/predict", json={**call, "berth": "Z"})
    assert refused.status_code == 422
    assert "berth" in refused.text


def test_its_flow_is_found_by_module_and_imports_nothing_that_a_stage_needs(clone: Path) -> None:
    assert python(clone, "-c", LOOK, *HEAVY).split() == [NAME]


def test_its_imports_keep_to_the_layers(clone: Path) -> None:
    program = "import sys; from importlinter.cli import lint_imports_command as run; run()"
    assert " 0 broken" in python(clone, "-c", program, "--no-logo", "--no-cache")
