"""A registered model version as promotion sees it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from windlass.domain.bundle import TrainedOn
from windlass.domain.names import Digest, ModelName, RunId, Version


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelVersion:
    """One version in the registry, with the metrics of its training run."""

    model: ModelName
    version: Version
    run_id: RunId | None = None
    bundle_digest: Digest | None = None
    """None for versions that no Windlass training registered."""
    dataset_digest: Digest | None = None
    """Data its metrics were computed on."""
    trained_on: TrainedOn | None = None
    metrics: Mapping[str, float] = field(default_factory=dict)
    held: str | None = None
    """Why it may not be promoted again, until it is released."""
    archived: str | None = None
    """Since when and why nobody is to be offered it; the bundle stays all the same."""
    succeeded: Version | None = field(default=None, compare=False)
    """What was in production when this version was promoted last."""
    created: datetime | None = field(default=None, compare=False)
    """When it was registered; None where nobody knows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """One finished training run or trial, to be logged in one batch."""

    experiment: str
    name: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    artifacts: Mapping[str, bytes] = field(default_factory=dict)
    """Path below the run's artifact folder to content."""
    parent: RunId | None = None
