"""What every training shares: who does its work, and what follows when a model is trained: bundle,
held-back part, run, version, alias.

Each step of the latter may be repeated, and the alias moves last: until then nobody looks at what
was written.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ParamSpec, Protocol, TypeVar

from windlass.domain.bundle import Bundle
from windlass.domain.content import digest_files
from windlass.domain.names import Alias, Digest, ModelName, RunId, Version
from windlass.domain.versions import ModelVersion, RunRecord
from windlass.ports.features import FeatureStore
from windlass.ports.objects import Objects
from windlass.ports.registry import Registry, Tracking
from windlass.services.bundles import write_bundle
from windlass.services.datasets import holdout_prefix, publish_dataset
from windlass.services.fanout import FanOut
from windlass.services.tuning import Mapper

P = ParamSpec("P")
R = TypeVar("R")

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
    features: FeatureStore | None = None
    """None where there is no feature store, which not every pipeline needs."""


class Call(Protocol):
    """Runs one stage."""

    def __call__(self, stage: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run it and return what it returns."""


class ModelFiles(Protocol):
    """Makes the files of the normal MLflow model, for everybody else."""

    def __call__(self, bundle: Bundle, prepared: Any) -> Mapping[str, bytes]:
        """Files by their path in the run; `prepared` is what the pipeline trained on."""


def call_directly(stage: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run a stage where the caller is: as part of its own stage, or without any flow."""
    return stage(*args, **kwargs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Crew:
    """Who does the work of a training run."""

    call: Call
    trials: Mapper
    """Runs the trials of a round."""
    threads: int
    """Cores for all of it."""
    fan_out: FanOut | None = None
    """Has rounds run by other flow runs; None where there is nobody to start them."""
    model_files: ModelFiles | None = None


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
    current: bool = True
    """Whether no later data was trained on before: an older model is registered, but neither it nor
    its held-back part takes the place of a newer one's."""

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


def finish(
    trained: TrainedModel, prepared: object, ports: TrainingPorts, crew: Crew, *, publish: bool
) -> Registered:
    """Make a trained model a version; `publish` its held-back part for evaluations, too."""
    call = crew.call
    if crew.model_files is not None:
        ports.progress.stage("make the MLflow model")
        extra = call(crew.model_files, trained.bundle, prepared)
        trained = replace(trained, artifacts={**trained.artifacts, **extra})
    ports.progress.stage("store, log and register it")
    call(store, ports.objects, trained, publish_holdout=publish and trained.current)
    run_id: RunId = call(record, ports.tracking, trained)
    return call(register, ports, trained, run_id)


def only_recorded(trained: TrainedModel, ports: TrainingPorts, crew: Crew) -> Registered:
    """Log the run of a model that nobody wants to keep: no bundle, no version."""
    ports.progress.stage("log it")
    run_id: RunId = crew.call(record, ports.tracking, trained)
    return Registered(
        run_id=run_id,
        model=trained.model,
        version=Version(""),
        metrics=trained.metrics,
        bundle_digest=trained.bundle.digest,
    )


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
    """Create the run's version, once; `challenger` points to it unless it is an older one."""
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
    if trained.current:
        ports.registry.set_alias(trained.model, CHALLENGER, version.version)
    return Registered(
        run_id=run_id,
        model=trained.model,
        version=version.version,
        metrics=trained.metrics,
        bundle_digest=trained.bundle.digest,
    )
