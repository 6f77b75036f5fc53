"""What a run and its version look like to people who use MLflow itself."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.model_registries import MlflowRegistries, mlflow_registries, new_model
from tests.support.servers import MlflowServer
from windlass.adapters.mlflow_rest import writing
from windlass.domain.names import Alias, RunId, Version
from windlass.domain.versions import ModelVersion, RunRecord


@pytest.fixture
def real(mlflow_server: MlflowServer) -> Iterator[MlflowRegistries]:
    with mlflow_registries(mlflow_server) as registries:
        yield registries


def test_a_run_is_logged_whole_however_large(real: MlflowRegistries) -> None:
    parent = real.tracking.record(RunRecord(experiment="pumps", name="study"))
    record = RunRecord(
        experiment="pumps",
        name="trial 7",
        parameters={f"depth_{number}": str(number) for number in range(250)},
        metrics={f"loss_{number}": number / 2 for number in range(1700)},
        tags={f"note_{number}": "fine" for number in range(130)},
        parent=parent,
    )

    run = _run(real, real.tracking.record(record))

    assert run["info"]["status"] == "FINISHED"
    assert run["info"]["run_name"] == "trial 7"
    assert run["info"]["end_time"] == 1714564800000
    assert _values(run["data"]["params"]) == record.parameters
    assert _values(run["data"]["metrics"]) == record.metrics
    assert record.tags.items() <= _values(run["data"]["tags"]).items()
    assert _values(run["data"]["tags"])["mlflow.parentRunId"] == parent


def test_numbers_that_json_lacks_are_logged(real: MlflowRegistries) -> None:
    metrics = {"nan": math.nan, "up": math.inf, "down": -math.inf}

    run = _run(real, real.tracking.record(RunRecord(experiment="e", name="r", metrics=metrics)))

    assert _values(run["data"]["metrics"]) == {
        "nan": "NaN",
        "up": pytest.approx(1.797e308, rel=1e-3),
        "down": pytest.approx(-1.797e308, rel=1e-3),
    }


def test_artifacts_are_kept_by_path(real: MlflowRegistries) -> None:
    artifacts = {"plots/pr curve.png": b"\x89PNG", "report.json": b"{}", "empty": b""}

    run = real.tracking.record(RunRecord(experiment="e", name="r", artifacts=artifacts))

    found = {name: _artifact(real, run, name) for name in artifacts}
    assert found == artifacts


def test_a_store_without_proxy_is_written_directly(real: MlflowRegistries, tmp_path: Path) -> None:
    experiment = new_model()
    real.rest.send(
        writing("experiments/create", name=experiment, artifact_location=tmp_path.as_uri())
    )

    run = real.tracking.record(
        RunRecord(experiment=experiment, name="r", artifacts={"plots/a.png": b"png"})
    )

    assert (tmp_path / run / "artifacts/plots/a.png").read_bytes() == b"png"


def test_mlflow_users_load_a_version_by_alias(
    real: MlflowRegistries, monkeypatch: pytest.MonkeyPatch
) -> None:
    import mlflow
    from catboost import CatBoostClassifier
    from pandas import DataFrame

    from windlass.adapters.mlflow_model import mlflow_model_files

    example = DataFrame({"volt": [160.0, 170.0, 180.0], "age": [1.0, 2.0, 18.0]})
    fitted = CatBoostClassifier(iterations=5, thread_count=1, verbose=False, random_seed=1)
    fitted.fit(example, [0, 0, 1])
    files = mlflow_model_files(fitted, example)
    run = real.tracking.record(RunRecord(experiment="e", name="final", artifacts=files))
    version = ModelVersion(model=new_model(), version=Version(""), run_id=run)
    registered = real.tracking.register(version)
    real.registry.set_alias(registered.model, Alias("challenger"), registered.version)

    monkeypatch.setenv("MLFLOW_TRACKING_URI", real.server.url)
    loaded = mlflow.pyfunc.load_model(f"models:/{registered.model}@challenger")

    assert loaded.predict(example).tolist() == fitted.predict(example).tolist()
    assert loaded.metadata.get_input_schema().input_names() == ["volt", "age"]
    assert loaded.input_example.equals(example)


def _run(real: MlflowRegistries, run: RunId) -> dict[str, Any]:
    url = f"{real.server.url}/api/2.0/mlflow/runs/get"
    found: dict[str, Any] = httpx.get(url, params={"run_id": run}).json()["run"]
    return found


def _values(entries: list[dict[str, Any]]) -> dict[str, Any]:
    return {entry["key"]: entry["value"] for entry in entries}


def _artifact(real: MlflowRegistries, run: RunId, name: str) -> bytes:
    url = f"{real.server.url}/get-artifact"
    return httpx.get(url, params={"run_id": run, "path": name}).content
