"""What we read of the API server's Jobs and pods, and what it means.

Of each document only these fields are read; all others may be as they like.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import ClassVar

from pydantic import AwareDatetime, BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from windlass.domain.flow_jobs import Ended, FlowJob, FlowPod, PodPhase, Waiting
from windlass.domain.names import FlowRunId

FLOW_RUN_LABEL = "prefect.io/flow-run-id"
RELEASE_LABEL = "app.kubernetes.io/instance"
_JOB_LABEL = "batch.kubernetes.io/job-name"

_FAILED = "Failed"
_ENDS = {"Complete", _FAILED}


class _Document(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class _Metadata(_Document):
    name: str
    labels: dict[str, str] = {}
    creation_timestamp: AwareDatetime
    deletion_timestamp: AwareDatetime | None = None
    deletion_grace_period_seconds: int | None = None


class _Condition(_Document):
    type: str
    status: str
    reason: str = ""
    message: str = ""
    last_transition_time: AwareDatetime | None = None


class _TemplateMetadata(_Document):
    labels: dict[str, str] = {}


class _PodTemplate(_Document):
    metadata: _TemplateMetadata = _TemplateMetadata()


class _JobSpec(_Document):
    backoff_limit: int = 6
    suspend: bool = False
    template: _PodTemplate = _PodTemplate()


class _JobStatus(_Document):
    conditions: tuple[_Condition, ...] = ()


class JobDocument(_Document):
    """What we read of a Job."""

    metadata: _Metadata
    spec: _JobSpec
    status: _JobStatus = _JobStatus()


class _Waiting(_Document):
    reason: str = ""
    message: str = ""


class _Terminated(_Document):
    exit_code: int
    reason: str = ""


class _ContainerState(_Document):
    waiting: _Waiting | None = None
    terminated: _Terminated | None = None


class _Container(_Document):
    state: _ContainerState = _ContainerState()


class _PodStatus(_Document):
    phase: PodPhase = PodPhase.UNKNOWN
    reason: str = ""
    message: str = ""
    conditions: tuple[_Condition, ...] = ()
    init_container_statuses: tuple[_Container, ...] = ()
    container_statuses: tuple[_Container, ...] = ()


class PodDocument(_Document):
    """What we read of a pod."""

    metadata: _Metadata
    status: _PodStatus = _PodStatus()


class _PageMetadata(BaseModel):
    after: str = ""
    model_config = ConfigDict(alias_generator=lambda _: "continue")


class Page(_Document):
    """Part of a list."""

    plural: ClassVar[str]
    metadata: _PageMetadata = _PageMetadata()


class JobPage(Page):
    """Some Jobs."""

    plural = "Jobs"
    items: tuple[JobDocument, ...]


class PodPage(Page):
    """Some pods."""

    plural = "pods"
    items: tuple[PodDocument, ...]


def flow_job(job: JobDocument, release: str) -> FlowJob:
    """Read a Job; its release may be told by its pods' labels only: a run may replace its own."""
    labels = job.spec.template.metadata.labels | job.metadata.labels
    ends = [c for c in job.status.conditions if c.type in _ENDS and c.status == "True"]
    failed = next((end for end in ends if end.type == _FAILED), None)
    return FlowJob(
        name=job.metadata.name,
        flow_run=_flow_run(job.metadata),
        ours=labels.get(RELEASE_LABEL) == release,
        created_at=job.metadata.creation_timestamp,
        ended_at=(ends[0].last_transition_time or job.metadata.creation_timestamp)
        if ends
        else None,
        failure=(failed.reason or _FAILED) if failed else "",
        retries=job.spec.backoff_limit,
        suspended=job.spec.suspend,
        deleting=job.metadata.deletion_timestamp is not None,
    )


def flow_pod(pod: PodDocument, release: str) -> FlowPod:
    """Read a pod; of several containers the one that is worst off speaks for it."""
    metadata, status = pod.metadata, pod.status
    grace = metadata.deletion_grace_period_seconds
    return FlowPod(
        name=metadata.name,
        flow_run=_flow_run(metadata),
        job=metadata.labels.get(_JOB_LABEL, ""),
        ours=metadata.labels.get(RELEASE_LABEL) == release,
        created_at=metadata.creation_timestamp,
        phase=status.phase,
        waiting=_waiting(status),
        ended=_ended(status),
        reason=status.reason,
        message=status.message,
        unschedulable=_unschedulable(status),
        gone_by=metadata.deletion_timestamp,
        grace=None if grace is None else timedelta(seconds=grace),
    )


def _flow_run(metadata: _Metadata) -> FlowRunId:
    return FlowRunId(metadata.labels.get(FLOW_RUN_LABEL, ""))


def _states(status: _PodStatus) -> Iterator[_ContainerState]:
    for container in (*status.init_container_statuses, *status.container_statuses):
        yield container.state


def _waiting(status: _PodStatus) -> Waiting | None:
    waiting = [state.waiting for state in _states(status) if state.waiting is not None]
    # a container that waits for an init container says only PodInitializing
    worst = next((one for one in waiting if one.message), waiting[0] if waiting else None)
    return Waiting(worst.reason, worst.message) if worst else None


def _ended(status: _PodStatus) -> Ended | None:
    ended = [state.terminated for state in _states(status) if state.terminated is not None]
    worst = next((one for one in ended if one.exit_code != 0), ended[-1] if ended else None)
    return Ended(worst.exit_code, worst.reason) if worst else None


def _unschedulable(status: _PodStatus) -> str:
    for condition in status.conditions:
        if condition.type == "PodScheduled" and condition.reason == "Unschedulable":
            return condition.message or condition.reason
    return ""
