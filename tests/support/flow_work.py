"""Flow runs, Jobs and pods as literals: everything a test does not name is ordinary."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from windlass.domain.flow_jobs import FlowJob, FlowPod, PodPhase, RunState, SeenRun, Work
from windlass.domain.names import FlowRunId

NOW = datetime(2024, 5, 1, 12, tzinfo=UTC)
ID = FlowRunId("00000000-0000-4000-8000-000000000001")

_RUN = SeenRun(id=ID, name="wise-owl", state=RunState.RUNNING, since=NOW - timedelta(seconds=10))
_JOB = FlowJob(name="owl-x7", flow_run=ID, created_at=NOW - timedelta(seconds=12))
_POD = FlowPod(
    name="owl-x7-abc",
    flow_run=ID,
    job="owl-x7",
    created_at=NOW - timedelta(seconds=12),
    phase=PodPhase.RUNNING,
)


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def run(state: RunState = RunState.RUNNING, **changes: Any) -> SeenRun:
    """Run of ten seconds' age, at noon."""
    return replace(_RUN, state=state, **changes)


def job(**changes: Any) -> FlowJob:
    """Its Job, made two seconds before."""
    return replace(_JOB, **changes)


def pod(**changes: Any) -> FlowPod:
    """Its pod, which runs."""
    return replace(_POD, **changes)


def work(*found: FlowJob | FlowPod) -> Work:
    return Work(
        jobs=tuple(one for one in found if isinstance(one, FlowJob)),
        pods=tuple(one for one in found if isinstance(one, FlowPod)),
    )
