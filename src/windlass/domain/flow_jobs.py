"""Flow runs as Prefect tells them, and the Jobs and pods in which Kubernetes runs them.

A run may have several Jobs: each attempt gets its own, and old ones stay for a while.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from windlass.domain.names import FlowRunId

STOP_GRACE = timedelta(seconds=3)
"""What a stopped pod has left to clean up, whatever its own grace period is."""

_LOST_AFTER = timedelta(seconds=60)
"""A pod that should have been gone for so long is on a node that does not answer."""


class RunState(StrEnum):
    """Prefect's state types."""

    SCHEDULED = "SCHEDULED"
    """Waits for its time or for a worker: late ones and those that await a retry, too."""
    PENDING = "PENDING"
    """A worker has taken it; its process has not begun."""
    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
    CANCELLING = "CANCELLING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CRASHED = "CRASHED"
    CANCELLED = "CANCELLED"

    @property
    def over(self) -> bool:
        """Whether nothing more happens to the run by itself."""
        return self in _OVER


_OVER = frozenset({RunState.COMPLETED, RunState.FAILED, RunState.CRASHED, RunState.CANCELLED})

UNDER_WAY = (RunState.PENDING, RunState.RUNNING, RunState.CANCELLING)
"""States in which a run has a Job, or is about to get one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenRun:
    """A flow run of our work pool."""

    id: FlowRunId
    name: str
    state: RunState
    since: datetime
    """When it came into this state, by Prefect's clock."""
    infrastructure: str = ""
    """`<namespace>:<Job>` as the worker wrote it, of an earlier attempt perhaps; empty: unknown."""

    def may_run_in(self, namespace: str) -> bool:
        """Whether a Job in `namespace` can be its."""
        return self.infrastructure == "" or self.infrastructure.startswith(f"{namespace}:")


class PodPhase(StrEnum):
    """Kubernetes' own phases."""

    PENDING = "Pending"
    RUNNING = "Running"
    SUCCEEDED = "Succeeded"
    FAILED = "Failed"
    UNKNOWN = "Unknown"


@dataclass(frozen=True, slots=True)
class Waiting:
    """Why a container does not start, as the kubelet says."""

    reason: str
    message: str = ""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a container ended."""

    exit_code: int
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowPod:
    """A pod with a flow run's label."""

    name: str
    flow_run: FlowRunId
    job: str = ""
    ours: bool = True
    """Whether it carries our release's label: all others are looked at, never touched."""
    created_at: datetime
    phase: PodPhase
    waiting: Waiting | None = None
    ended: Ended | None = None
    reason: str = ""
    """The pod's own, which containers do not have: Evicted, DeadlineExceeded."""
    message: str = ""
    unschedulable: str = ""
    """What the scheduler says as long as no node takes it."""
    gone_by: datetime | None = None
    """Set once it is being deleted."""
    grace: timedelta | None = None

    @property
    def over(self) -> bool:
        """Whether all its processes have ended."""
        return self.phase in (PodPhase.SUCCEEDED, PodPhase.FAILED)

    def lost(self, now: datetime) -> bool:
        """Whether its node does not answer any more."""
        return self.gone_by is not None and self.gone_by + _LOST_AFTER < now


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowJob:
    """A Job with a flow run's label."""

    name: str
    flow_run: FlowRunId
    ours: bool = True
    created_at: datetime
    ended_at: datetime | None = None
    failure: str = ""
    """Reason that the Job itself has failed: BackoffLimitExceeded, DeadlineExceeded."""
    retries: int = 0
    """How many more pods it makes after failed ones."""
    suspended: bool = False
    """Somebody, a queue for instance, holds it back."""
    deleting: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """Jobs and pods."""

    jobs: tuple[FlowJob, ...] = ()
    pods: tuple[FlowPod, ...] = ()

    def __bool__(self) -> bool:
        """Whether there is any."""
        return bool(self.jobs or self.pods)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all of it."""
        return (*(job.name for job in self.jobs), *(pod.name for pod in self.pods))

    @property
    def ours(self) -> "Work":
        """What we may touch."""
        return Work(
            jobs=tuple(job for job in self.jobs if job.ours),
            pods=tuple(pod for pod in self.pods if pod.ours),
        )

    def left(self, now: datetime) -> "Work":
        """What still runs, or may."""
        return Work(
            jobs=tuple(job for job in self.jobs if job.ended_at is None),
            pods=tuple(pod for pod in self.pods if not pod.over and not pod.lost(now)),
        )

    @property
    def to_stop(self) -> "Work":
        """What has to be deleted so that all of it is gone soon."""
        return Work(
            jobs=tuple(job for job in self.ours.jobs if not job.deleting),
            pods=tuple(pod for pod in self.ours.pods if _lingers(pod)),
        )


NO_WORK = Work()


def _lingers(pod: FlowPod) -> bool:
    """Whether a pod would outlive our grace: a second deletion may shorten that of the first."""
    return pod.gone_by is None or pod.grace is None or pod.grace > STOP_GRACE


def by_run(work: Work) -> dict[FlowRunId, Work]:
    """Sort Jobs and pods by the flow run they belong to."""
    jobs: dict[FlowRunId, list[FlowJob]] = {}
    pods: dict[FlowRunId, list[FlowPod]] = {}
    for job in work.jobs:
        jobs.setdefault(job.flow_run, []).append(job)
    for pod in work.pods:
        pods.setdefault(pod.flow_run, []).append(pod)
    return {
        run: Work(jobs=tuple(jobs.get(run, ())), pods=tuple(pods.get(run, ())))
        for run in jobs | pods
    }
