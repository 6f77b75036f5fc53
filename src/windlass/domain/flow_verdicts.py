"""When a flow run and its Job disagree, who is right and what has to be done.

`judge` compares them once. Nothing is done on a first sight: a situation has to last for its
patience, measured by our own clock from when it was first seen, so that the flow's own report and
the worker win, and so that no look that came between two steps of theirs is believed. It never
starts a run again: Prefect and its worker do, where retries say so.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

from windlass.domain import pod_faults
from windlass.domain.flow_jobs import NO_WORK, FlowJob, FlowPod, PodPhase, RunState, SeenRun, Work

Ending = Literal[RunState.CANCELLED, RunState.CRASHED]

_AT_ONCE = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long each situation may last."""

    jobless_cancel: timedelta = timedelta(seconds=5)
    """No Job was ever seen: the worker may be just about to make it."""
    explained_failure: timedelta = timedelta(seconds=2)
    """Kubernetes knows the cause, which nobody else would tell; the flow has no say any more."""
    failure: timedelta = timedelta(seconds=10)
    silent_end: timedelta = timedelta(seconds=30)
    missing_running: timedelta = timedelta(seconds=5)
    missing_pending: timedelta = timedelta(seconds=15)
    """Its Job was seen and is gone."""
    never_made: timedelta = timedelta(seconds=120)
    cannot_start: timedelta = timedelta(seconds=20)
    unschedulable: timedelta = timedelta(minutes=10)
    """Also for a Job without a pod: both may wait for room."""
    not_started: timedelta = timedelta(minutes=15)
    """On a node, which may have a large image to fetch."""
    outlived: timedelta = timedelta(seconds=30)
    """A run is over, its pod is not."""


PATIENCE = Patience()


class Situation(StrEnum):
    """Ways in which run and Job can disagree."""

    TO_CANCEL = "to cancel"
    CANCELLED = "cancelled"
    FAILED = "failed"
    SILENT_END = "silent end"
    MISSING = "missing"
    NEVER_MADE = "never made"
    CANNOT_START = "cannot start"
    UNSCHEDULABLE = "unschedulable"
    NOT_STARTED = "not started"
    PODLESS = "podless"
    LOST = "lost"
    OUTLIVED = "outlived"


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """What to do: first end the run, when `state` is given, then delete what is in `stop`."""

    message: str
    state: Ending | None = None
    stop: Work = NO_WORK


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A situation, and what to do once it has lasted."""

    situation: Situation
    patience: timedelta
    action: Action


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What earlier looks at a run leave behind."""

    state: RunState | None = None
    situation: Situation | None = None
    since: datetime | None = None
    """When the situation was first seen."""
    had_job: bool = False
    """Whether a Job of this attempt was seen."""
    cancelling: bool = False
    """Whether somebody cancelled it: its process reports a crash when it is stopped for that."""


NOTHING = Memory()


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What to remember, and what to do now."""

    memory: Memory
    action: Action | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """One look at one run: the run, its Jobs and pods, and when."""

    run: SeenRun
    work: Work
    now: datetime
    patience: Patience = PATIENCE


def judge(sight: Sight, memory: Memory = NOTHING) -> Judgement:
    """Compare a run with its Jobs and pods."""
    memory = _remembered(sight, memory)
    finding = _finding(sight, memory)
    if finding is None:
        return Judgement(memory=replace(memory, situation=None, since=None))
    since = memory.since if memory.situation is finding.situation else None
    since = since or sight.now
    return Judgement(
        memory=replace(memory, situation=finding.situation, since=since),
        action=finding.action if sight.now - since >= finding.patience else None,
    )


def _remembered(sight: Sight, memory: Memory) -> Memory:
    state = sight.run.state
    new_attempt = state is RunState.PENDING and memory.state is not RunState.PENDING
    seen = _current_job(sight) is not None or bool(sight.work.left(sight.now))
    return replace(
        memory,
        state=state,
        had_job=seen or (memory.had_job and not new_attempt),
        cancelling=state is RunState.CANCELLING
        or (memory.cancelling and state is RunState.CRASHED),
    )


def _finding(sight: Sight, memory: Memory) -> Finding | None:
    if memory.cancelling:
        return _cancelling(sight, memory)
    if sight.run.state.over:
        return _outlived(sight)
    if sight.run.state in (RunState.PENDING, RunState.RUNNING):
        return _under_way(sight, memory)
    return None


def _current_job(sight: Sight) -> FlowJob | None:
    """Job of the run's present attempt.

    A pending run may have been run before: a Job that ended before it became pending is not its.
    Of two Jobs of one attempt (the answer to the first create was lost) the one at work counts.
    """
    newest = max(
        sight.work.jobs, key=lambda job: (job.ended_at is None, job.created_at), default=None
    )
    if newest is None or newest.ended_at is None or sight.run.state is not RunState.PENDING:
        return newest
    return None if newest.ended_at < sight.run.since else newest


def _cancelling(sight: Sight, memory: Memory) -> Finding | None:
    left = sight.work.left(sight.now)
    if left:
        return _stop(left, Situation.TO_CANCEL, _AT_ONCE, "it was cancelled")
    lost = next((pod for pod in sight.work.pods if not pod.over), None)
    message = "its pod was stopped" if memory.had_job else "it had no Job yet"
    if lost is not None:
        message = f"{pod_faults.lost_node(lost)}: its process may still run there"
    return Finding(
        situation=Situation.CANCELLED,
        patience=_AT_ONCE if memory.had_job else sight.patience.jobless_cancel,
        action=Action(state=RunState.CANCELLED, message=f"Cancelled: {message}."),
    )


def _outlived(sight: Sight) -> Finding | None:
    message = f"its run is {sight.run.state.lower()} already"
    left = sight.work.left(sight.now)
    return _stop(left, Situation.OUTLIVED, sight.patience.outlived, message)


def _stop(left: Work, situation: Situation, patience: timedelta, message: str) -> Finding | None:
    """Find that Jobs and pods have to go; None where they are not ours, or going already."""
    if not left.to_stop:
        return None
    action = Action(message=message, stop=left.to_stop)
    return Finding(situation=situation, patience=patience, action=action)


def _under_way(sight: Sight, memory: Memory) -> Finding | None:
    job = _current_job(sight)
    if job is None:
        return None if sight.work.left(sight.now).pods else _missing(sight, memory)
    pods = sorted(
        (pod for pod in sight.work.pods if pod.job == job.name), key=lambda pod: pod.created_at
    )
    if job.failure or (job.retries == 0 and pods and pods[-1].phase is PodPhase.FAILED):
        return _failed(sight, job, pods[-1] if pods else None)
    if job.ended_at is not None:
        message = pod_faults.silent_end(job)
        return _crash(sight, Situation.SILENT_END, sight.patience.silent_end, message)
    if job.deleting or job.suspended:
        return None
    if not pods:
        message = pod_faults.no_pod(job)
        return _crash(sight, Situation.PODLESS, sight.patience.unschedulable, message)
    return _stuck(sight, pods[-1])


def _missing(sight: Sight, memory: Memory) -> Finding:
    patience, run = sight.patience, sight.run
    gone = f"its Job ({run.infrastructure or 'of unknown name'}) was deleted"
    if run.state is RunState.RUNNING:
        return _crash(sight, Situation.MISSING, patience.missing_running, gone)
    if memory.had_job:
        return _crash(sight, Situation.MISSING, patience.missing_pending, gone)
    message = "the worker died before it made the Job" if not run.infrastructure else gone
    message = f"{message}: run it again"
    return _crash(sight, Situation.NEVER_MADE, patience.never_made, message)


def _failed(sight: Sight, job: FlowJob, pod: FlowPod | None) -> Finding:
    patience = sight.patience
    wait = patience.explained_failure if pod_faults.explained(job, pod) else patience.failure
    return _crash(sight, Situation.FAILED, wait, pod_faults.failure(job, pod))


def _stuck(sight: Sight, pod: FlowPod) -> Finding | None:
    patience = sight.patience
    if pod.lost(sight.now):
        return _crash(sight, Situation.LOST, _AT_ONCE, pod_faults.lost_node(pod))
    if pod.gone_by is not None:
        return None
    if pod.waiting is not None and pod.waiting.reason in pod_faults.CANNOT_START:
        message = pod_faults.no_start(pod.waiting)
        return _crash(sight, Situation.CANNOT_START, patience.cannot_start, message)
    if pod.unschedulable:
        message = pod_faults.no_node(pod)
        return _crash(sight, Situation.UNSCHEDULABLE, patience.unschedulable, message)
    if pod.phase is PodPhase.PENDING:
        message = pod_faults.not_started(pod)
        return _crash(sight, Situation.NOT_STARTED, patience.not_started, message)
    return None


def _crash(sight: Sight, situation: Situation, patience: timedelta, message: str) -> Finding:
    """Find that a run can't go on; what is left of it is deleted, failed Jobs keep their log."""
    stop = NO_WORK if situation is Situation.FAILED else sight.work.left(sight.now).to_stop
    action = Action(state=RunState.CRASHED, message=f"Crashed: {message}.", stop=stop)
    return Finding(situation=situation, patience=patience, action=action)
