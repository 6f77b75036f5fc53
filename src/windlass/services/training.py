"""What follows when a model is trained: bundle, held-back part, run, version, alias.

Each step may be repeated, and the alias moves last: until then nobody looks at what was written.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from windlass.domain.bundle import Bundle
from windlass.domain.content import digest_files
from windlass.domain.names import Alias, Digest, ModelName, RunId, Version
from windlass.domain.versions import ModelVersion, RunRecord
from windlass.ports.objects import Objects
from windlass.ports.registry import Registry, Tracking
from windlass.services.bundles import write_bundle
from windlass.services.datasets import holdout_prefix, publish_dataset

CHALLENGER = Alias("challenger")
"""Alias of the version that training made last."""


class Progress(Protocol):
    """What a person sees while a training runs."""

    def stage(self, text: str) -> None:
        """Say that a stage begins."""

    def step(self, text: str, done: int, total: int) -> None:
        """Say how far the stage is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingPorts:
    """The systems a training run touches."""

    objects: Objects
    registry: Registry
    tracking: Tracking
    progress: Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainedModel:
    """A finished model and what there is to know of it."""

    model: ModelName
    bundle: Bundle
    parameters: Mapping[str, str]
    metrics: Mapping[str, float]
    holdout: Mapping[str, bytes]
    """Files that the metrics were computed on."""
    artifacts: Mapping[str, bytes] = field(default_factory=dict)
    """Plots, reports and the normal MLflow model, by their path in the run."""
    trials: Sequence[RunRecord] = ()

    @property
    def dataset_digest(self) -> Digest:
        """Digest of the held-back part."""
        return digest_files(self.holdout)


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """A training run's result, as `windlass train --output json` prints it."""

    run_id: RunId
    model: ModelName
    version: Version
    metrics: Mapping[str, float]
    bundle_digest: Digest

    def as_json(self) -> dict[str, object]:
        """JSON values."""
        return {
            "run_id": self.run_id,
            "model": self.model,
            "version": self.version,
            "metrics": dict(self.metrics),
            "bundle_digest": self.bundle_digest,
        }


def store(objects: Objects, trained: TrainedModel, *, publish_holdout: bool) -> str:
    """Write the bundle and, where wanted, the held-back part; returns the bundle's URI."""
    uri = write_bundle(objects, trained.bundle)
    if publish_holdout:
        publish_dataset(objects, holdout_prefix(trained.model), trained.holdout)
    return uri


def record(tracking: Tracking, trained: TrainedModel) -> RunId:
    """Log the run, then its trials below it."""
    run_id = tracking.record(
        RunRecord(
            experiment=trained.model,
            name=f"train-{trained.bundle.digest.partition(':')[2][:12]}",
            parameters=trained.parameters,
            metrics=trained.metrics,
            tags={
                "windlass.bundle_digest": trained.bundle.digest,
                "windlass.dataset_digest": trained.dataset_digest,
                "windlass.training_digest": trained.bundle.manifest.trained_on.digest,
            },
            artifacts=trained.artifacts,
        )
    )
    for trial in trained.trials:
        tracking.record(replace(trial, parent=run_id))
    return run_id


def register(ports: TrainingPorts, trained: TrainedModel, run_id: RunId) -> Registered:
    """Create the run's version, once, and let `challenger` point to it."""
    version = ports.tracking.register(
        ModelVersion(
            model=trained.model,
            version=Version(""),
            run_id=run_id,
            bundle_digest=trained.bundle.digest,
            dataset_digest=trained.dataset_digest,
            trained_on=trained.bundle.manifest.trained_on,
            metrics=trained.metrics,
        )
    )
    ports.registry.set_alias(trained.model, CHALLENGER, version.version)
    return Registered(
        run_id=run_id,
        model=trained.model,
        version=version.version,
        metrics=trained.metrics,
        bundle_digest=trained.bundle.digest,
    )
