"""Where training runs are logged and versions come from: MLflow.

A run is created, filled in batches and closed; a version is created with all its tags in one
request, so that none is ever half-registered.
"""

import dataclasses
import math
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Protocol

from windlass.adapters.mlflow_rest import (
    ExperimentReply,
    Run,
    RunReply,
    VersionReply,
    reading,
    versions_of,
    writing,
)
from windlass.adapters.rest import Request, Rest, path
from windlass.adapters.version_tags import tags_of
from windlass.domain.errors import InputError
from windlass.domain.names import ModelName, RunId
from windlass.domain.versions import ModelVersion, RunRecord
from windlass.ports.clock import Clock

MODEL_FOLDER = "model"
"""Artifact folder of a run that holds the normal MLflow model; its version points there."""

_METRICS_PER_BATCH = 800
_OTHERS_PER_BATCH = 100
"""MLflow takes 1,000 entries per batch, among them 100 parameters and 100 tags."""

_PROXIED = "mlflow-artifacts:/"


class _Repository(Protocol):
    """The part of MLflow's untyped artifact stores that we use."""

    def log_artifacts(self, local_dir: str) -> None: ...


class MlflowTracking:
    """Tracking port over MLflow's REST API."""

    def __init__(self, rest: Rest, clock: Clock) -> None:
        self._rest = rest
        self._clock = clock

    def record(self, run: RunRecord) -> RunId:
        """Log a finished run. One that fails half-way stays "running" in MLflow, and unused."""
        info = self._create_run(run).info
        for batch in _batches(run, self._milliseconds()):
            self._rest.send(writing("runs/log-batch", run_id=info.run_id, **batch))
        self._upload(info.artifact_uri, run.artifacts)
        end = {"run_id": info.run_id, "status": "FINISHED", "end_time": self._milliseconds()}
        self._rest.send(writing("runs/update", **end))
        return info.run_id

    def register(self, version: ModelVersion) -> ModelVersion:
        """Create the next version from its run; a run that already has one gives that one."""
        run = self._run_of(version)
        known = next(
            (v for v in versions_of(self._rest, version.model) if v.run_id == version.run_id), None
        )
        return known or self._create_version(version, run)

    def _create_run(self, run: RunRecord) -> Run:
        parent = {"mlflow.parentRunId": run.parent} if run.parent else {}
        body = {
            "experiment_id": self._experiment(run.experiment),
            "run_name": run.name,
            "start_time": self._milliseconds(),
            "tags": _entries(parent),
        }
        created = self._rest.fetch(RunReply, writing("runs/create", **body))
        if created is None:
            raise self._rest.unavailable(f"lost the experiment {run.experiment}; try again")
        return created.run

    def _experiment(self, name: str) -> str:
        request = reading("experiments/get-by-name", experiment_name=name)
        found = self._rest.fetch(ExperimentReply, request)
        if found is None:
            self._create_unless_there(writing("experiments/create", name=name))
            found = self._rest.fetch(ExperimentReply, request)
        if found is None:
            raise self._rest.unavailable(f"did not keep the experiment {name}; try again")
        return found.experiment.experiment_id

    def _create_unless_there(self, request: Request) -> None:
        """Send a creation that somebody else may be making at the same time."""
        try:
            self._rest.send(request)
        except InputError as error:
            if "already exists" not in str(error):
                raise

    def _run_of(self, version: ModelVersion) -> Run:
        if version.run_id is None:
            raise needs_run(version.model)
        found = self._rest.fetch(RunReply, reading("runs/get", run_id=version.run_id))
        if found is None:
            raise no_run(version.run_id)
        return found.run

    def _create_version(self, version: ModelVersion, run: Run) -> ModelVersion:
        self._create_unless_there(writing("registered-models/create", name=version.model))
        complete = dataclasses.replace(version, metrics=dict(version.metrics) or run.metrics)
        body = {
            "name": version.model,
            "run_id": run.info.run_id,
            "source": f"{run.info.artifact_uri}/{MODEL_FOLDER}",
            "tags": _entries(tags_of(complete)),
        }
        created = self._rest.fetch(VersionReply, writing("model-versions/create", **body))
        if created is None:
            raise self._rest.unavailable(f"lost the model {version.model}; try again")
        return created.model_version.of(version.model)

    def _upload(self, folder: str, artifacts: Mapping[str, bytes]) -> None:
        if not folder.startswith(_PROXIED):
            _store(folder, artifacts)
            return
        parts = folder.removeprefix(_PROXIED).strip("/").split("/")
        for name, data in artifacts.items():
            target = path("api", "2.0", "mlflow-artifacts", "artifacts", *parts, *name.split("/"))
            if not self._rest.send(Request(method="PUT", path=target, content=data)):
                raise self._rest.unavailable(f"has no place for the artifact {name}")

    def _milliseconds(self) -> int:
        return int(self._clock.now().timestamp() * 1000)


def needs_run(model: ModelName) -> InputError:
    """Error of registering a version that names no run."""
    return InputError(f"a version of {model} comes from a run: record one first")


def no_run(run_id: RunId) -> InputError:
    """Error of registering a version from a run that does not exist."""
    return InputError(f"MLflow has no run {run_id}: record it first")


def _store(folder: str, artifacts: Mapping[str, bytes]) -> None:
    """Write to a store that clients reach themselves (S3, a shared folder), with MLflow's code."""
    if not artifacts:
        return
    from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

    with tempfile.TemporaryDirectory() as local:
        for name, data in artifacts.items():
            file = Path(local, name)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
        repository: _Repository = get_artifact_repository(folder)
        repository.log_artifacts(local)


def _batches(run: RunRecord, now: int) -> Iterator[dict[str, object]]:
    """Cut a record into as few `log-batch` bodies as MLflow's limits allow."""
    metrics: list[dict[str, object]] = [
        {"key": key, "value": _number(value), "timestamp": now, "step": 0}
        for key, value in run.metrics.items()
    ]
    chunks = {
        "metrics": _chunks(metrics, _METRICS_PER_BATCH),
        "params": _chunks(_entries(run.parameters), _OTHERS_PER_BATCH),
        "tags": _chunks(_entries(run.tags), _OTHERS_PER_BATCH),
    }
    for index in range(max(map(len, chunks.values()))):
        yield {kind: cut[index] for kind, cut in chunks.items() if index < len(cut)}


def _chunks(items: list[dict[str, object]], size: int) -> list[list[dict[str, object]]]:
    return [items[start : start + size] for start in range(0, len(items), size)]


def _entries(values: Mapping[str, str]) -> list[dict[str, object]]:
    return [{"key": key, "value": value} for key, value in values.items()]


def _number(value: float) -> float | str:
    """JSON has neither NaN nor infinity; MLflow reads them from these texts."""
    if math.isnan(value):
        return "NaN"
    return float(value) if math.isfinite(value) else f"{'-' if value < 0 else ''}Infinity"
