"""Registry and tracking as a contract suite sees them: the twin, or a real MLflow."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol
from uuid import uuid4

from tests.support.servers import MlflowServer, beside_python
from windlass.adapters.memory.clock import MemoryClock
from windlass.adapters.memory.registry import MemoryRegistry
from windlass.adapters.mlflow_registry import MlflowRegistry
from windlass.adapters.mlflow_rest import RunReply, mlflow_rest, reading, writing
from windlass.adapters.mlflow_tracking import MlflowTracking
from windlass.adapters.rest import Rest
from windlass.domain.bundle import TrainedOn
from windlass.domain.names import Digest, ModelName, RunId, Version
from windlass.domain.versions import ModelVersion, RunRecord
from windlass.ports.registry import Registry, Tracking

PATIENT = 60.0
"""Seconds an answer may take on a busy test machine."""

TRAINED_ON = TrainedOn(
    digest=Digest("sha256:" + "d" * 64),
    start=datetime(2015, 1, 1, 6, tzinfo=UTC),
    until=datetime(2015, 10, 1, 5, tzinfo=UTC),
)


class ModelRegistries(Protocol):
    """Both ports over one store, and the power to make a run vanish."""

    @property
    def registry(self) -> Registry: ...

    @property
    def tracking(self) -> Tracking: ...

    def collect(self, run: RunId) -> None:
        """Delete a run and its garbage, as `mlflow gc` does."""


class TwinRegistries:
    """The twin."""

    def __init__(self) -> None:
        self.registry = self.tracking = MemoryRegistry()

    def collect(self, run: RunId) -> None:
        del self.registry.runs[run]


@dataclass(frozen=True, slots=True)
class MlflowRegistries:
    """A real MLflow."""

    rest: Rest
    registry: MlflowRegistry
    tracking: MlflowTracking
    server: MlflowServer

    def collect(self, run: RunId) -> None:
        self.rest.send(writing("runs/delete", run_id=run))
        store = f"--backend-store-uri={self.server.database}"
        address = f"--tracking-uri={self.server.url}"
        command = [beside_python("mlflow"), "gc", store, address, f"--run-ids={run}"]
        subprocess.run(command, check=True, capture_output=True)
        assert self.rest.fetch(RunReply, reading("runs/get", run_id=run)) is None


@contextmanager
def mlflow_registries(server: MlflowServer) -> Iterator[MlflowRegistries]:
    """Adapters for a running MLflow."""
    rest = mlflow_rest(server.url, timeout=PATIENT)
    clock = MemoryClock()
    yield MlflowRegistries(rest, MlflowRegistry(rest), MlflowTracking(rest, clock), server)
    rest.close()


def new_model() -> ModelName:
    """Name that no other test uses: they share a server."""
    return ModelName(f"pumps-{uuid4().hex[:8]}")


def train(registries: ModelRegistries, model: ModelName, f1: float = 0.5) -> ModelVersion:
    """Record a run and register its version."""
    run = RunRecord(experiment="pumps", name="final", metrics={"f1": f1})
    version = ModelVersion(
        model=model,
        version=Version(""),
        run_id=registries.tracking.record(run),
        bundle_digest=Digest("sha256:" + "b" * 64),
        dataset_digest=Digest("sha256:" + "a" * 64),
        trained_on=TRAINED_ON,
    )
    return registries.tracking.register(version)
