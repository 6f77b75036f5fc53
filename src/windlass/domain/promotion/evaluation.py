"""What an evaluation found: written by the flow run, judged by the gates."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from windlass.domain.names import Digest, FlowRunId, Version


class FlowRunState(StrEnum):
    """State types of a Prefect flow run, as far as promotion cares."""

    PENDING = "Pending"
    """Scheduled, pending, late or awaiting a retry."""
    RUNNING = "Running"
    COMPLETED = "Completed"
    FAILED = "Failed"
    CRASHED = "Crashed"
    CANCELLED = "Cancelled"

    @property
    def finished(self) -> bool:
        """Whether it will not change any more."""
        return self not in (FlowRunState.PENDING, FlowRunState.RUNNING)


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowRun:
    """One flow run."""

    id: FlowRunId
    state: FlowRunState
    message: str = ""
    url: str | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """Metrics of one version on the dataset."""

    version: Version
    bundle_digest: Digest
    metrics: Mapping[str, float] = field(default_factory=dict)
    seen_in_training: bool = False
    problem: str | None = None
    """Why it could not be scored: an altered bundle, one that crashes its reader."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationResult:
    """The document a `score-versions` run leaves in the object store."""

    dataset_digest: Digest
    candidate: Scores
    champion: Scores | None = None


def evaluation_key(uid: str, generation: int, attempt: int, flow_run: int) -> str:
    """Idempotency key of a flow run and, below `evaluations/`, name of its result."""
    return f"{uid}-{generation}-{attempt}-{flow_run}"


def result_object(key: str) -> str:
    """Where the flow run writes its result."""
    return f"evaluations/{key}.json"
