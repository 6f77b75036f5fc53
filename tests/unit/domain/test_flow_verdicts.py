"""What is done when a run and its Job disagree, and how long that has to last."""

from datetime import timedelta
from typing import Final

import pytest

from tests.support.flow_work import NOW, after, job, pod, run, work
from windlass.domain.flow_jobs import (
    NO_WORK,
    Ended,
    FlowJob,
    FlowPod,
    PodPhase,
    RunState,
    SeenRun,
    Waiting,
    Work,
)
from windlass.domain.flow_verdicts import NOTHING, Action, Judgement, Memory, Sight, judge

RUNNING, PENDING, CANCELLING = RunState.RUNNING, RunState.PENDING, RunState.CANCELLING
CRASHED: Final = RunState.CRASHED
CANCELLED: Final = RunState.CANCELLED
OVER = [state for state in RunState if state.over]

Seen = FlowJob | FlowPod


def at(seconds: float, seen: SeenRun, its: Work, memory: Memory = NOTHING) -> Judgement:
    return judge(Sight(run=seen, work=its, now=after(seconds)), memory)


def lasting(seconds: float, seen: SeenRun, its: Work, memory: Memory = NOTHING) -> Action | None:
    """Action on a second look, when nothing changed for so long."""
    first = at(0, seen, its, memory)
    return at(seconds, seen, its, first.memory).action


HEALTHY: list[tuple[RunState, tuple[Seen, ...]]] = [
    (RUNNING, (job(), pod())),
    (RUNNING, (job(), pod(phase=PodPhase.UNKNOWN))),
    (RUNNING, (pod(),)),
    (PENDING, (job(suspended=True),)),
    (PENDING, (job(deleting=True),)),
    (RUNNING, (job(retries=2), pod(phase=PodPhase.FAILED, ended=Ended(1)))),
    (RunState.SCHEDULED, ()),
    (RunState.SCHEDULED, (job(), pod())),
    (RunState.SCHEDULED, (job(ended_at=NOW, failure="BackoffLimitExceeded"),)),
    (RunState.PAUSED, ()),
    (RunState.PAUSED, (job(ended_at=NOW),)),
    *((state, ()) for state in OVER),
    *((state, (job(ended_at=NOW), pod(phase=PodPhase.SUCCEEDED))) for state in OVER),
]


@pytest.mark.parametrize(("state", "seen"), HEALTHY)
def test_what_is_as_it_should_be_is_left_alone_for_ever(
    state: RunState, seen: tuple[Seen, ...]
) -> None:
    assert lasting(1e6, run(state), work(*seen)) is None


def test_of_two_jobs_of_one_run_the_one_at_work_counts() -> None:
    twin = job(name="owl-x8", created_at=after(1), ended_at=after(5))
    assert lasting(1e6, run(RUNNING), work(job(), pod(), twin)) is None


def test_a_pod_that_somebody_deletes_may_tell_how_it_ends() -> None:
    going = pod(gone_by=after(30), grace=timedelta(seconds=30))
    assert lasting(30, run(), work(job(), going)) is None


@pytest.mark.parametrize("state", [PENDING, RUNNING, CANCELLING, *OVER])
def test_a_first_sight_ends_no_run(state: RunState) -> None:
    action = at(0, run(state), NO_WORK).action
    assert action is None


def test_a_cancelled_run_is_stopped_at_once() -> None:
    action = at(0, run(CANCELLING), work(job(), pod())).action
    assert action == Action(message="it was cancelled", stop=work(job(), pod()))


def test_a_stopped_run_waits_for_its_pod_and_is_then_cancelled() -> None:
    first = at(0, run(CANCELLING), work(job(), pod()))
    going = pod(gone_by=after(3), grace=timedelta(seconds=3))
    second = at(1, run(CANCELLING), work(going), first.memory)
    third = at(4, run(CANCELLING), NO_WORK, second.memory)
    assert second.action is None
    assert third.action == Action(state=CANCELLED, message="Cancelled: its pod was stopped.")


def test_a_pod_with_a_long_grace_is_deleted_again() -> None:
    going = pod(gone_by=after(30), grace=timedelta(seconds=30))
    action = at(0, run(CANCELLING), work(job(deleting=True), going)).action
    assert action is not None
    assert action.stop == work(going)


def test_a_pod_that_ended_need_not_be_stopped() -> None:
    its = work(job(ended_at=NOW, failure="x"), pod(phase=PodPhase.FAILED))
    action = at(0, run(CANCELLING), its).action
    assert action is not None
    assert (action.state, action.stop) == (CANCELLED, NO_WORK)


@pytest.mark.parametrize(("seconds", "cancelled"), [(4, False), (5, True)])
def test_a_cancelled_run_without_job_waits_whether_the_worker_makes_one(
    seconds: float, cancelled: bool
) -> None:
    action = lasting(seconds, run(CANCELLING), NO_WORK)
    assert (action is not None and action.state is CANCELLED) is cancelled


def test_a_cancelled_run_whose_node_is_lost_is_cancelled_and_says_so() -> None:
    lost = pod(gone_by=after(-61), grace=timedelta(seconds=3))
    action = at(0, run(CANCELLING), work(lost), Memory(had_job=True)).action
    assert action is not None
    assert action.state is CANCELLED
    assert "node of its pod owl-x7-abc does not answer" in action.message


def test_the_crash_that_a_stopped_process_reports_becomes_a_cancellation() -> None:
    stopped = at(0, run(CANCELLING), work(job(), pod())).memory
    action = at(2, run(CRASHED), NO_WORK, stopped).action
    assert action is not None
    assert action.state is CANCELLED


@pytest.mark.parametrize("state", [RunState.COMPLETED, CANCELLED, RunState.SCHEDULED, PENDING])
def test_another_state_after_cancelling_forgets_it(state: RunState) -> None:
    stopped = at(0, run(CANCELLING), work(job(), pod())).memory
    judged = at(2, run(state), NO_WORK, stopped)
    assert (judged.memory.cancelling, judged.action) == (False, None)


def test_a_crash_that_nobody_asked_for_stays_one() -> None:
    running = at(0, run(RUNNING), work(job(), pod())).memory
    assert lasting(1e6, run(CRASHED), NO_WORK, running) is None


def test_jobs_of_others_are_never_touched_but_waited_for() -> None:
    its = work(job(ours=False), pod(ours=False))
    assert lasting(1e6, run(CANCELLING), its) is None
    assert lasting(1e6, run(RunState.COMPLETED), its) is None


GONE = "Crashed: its Job (ns:owl-x7) was deleted."


@pytest.mark.parametrize(("seconds", "crashed"), [(4, False), (5, True)])
def test_a_running_run_without_job_has_crashed(seconds: float, crashed: bool) -> None:
    action = lasting(seconds, run(infrastructure="ns:owl-x7"), NO_WORK)
    assert action == (Action(state=CRASHED, message=GONE) if crashed else None)


@pytest.mark.parametrize(("seconds", "crashed"), [(14, False), (15, True)])
def test_a_pending_run_whose_job_was_seen_and_is_gone_has_crashed(
    seconds: float, crashed: bool
) -> None:
    seen = run(PENDING, infrastructure="ns:owl-x7")
    memory = at(-1, seen, work(job())).memory
    action = lasting(seconds, seen, NO_WORK, memory)
    assert action == (Action(state=CRASHED, message=GONE) if crashed else None)


@pytest.mark.parametrize(("seconds", "crashed"), [(119, False), (120, True)])
def test_a_pending_run_without_any_job_has_crashed_with_its_worker(
    seconds: float, crashed: bool
) -> None:
    action = lasting(seconds, run(PENDING), NO_WORK)
    told = action is not None and "the worker died before it made the Job" in action.message
    assert told is crashed


def test_a_job_that_comes_back_into_sight_starts_patience_anew() -> None:
    first = at(0, run(), NO_WORK).memory
    seen = at(4, run(), work(job(), pod()), first).memory
    again = at(5, run(), NO_WORK, seen)
    assert again.action is None
    assert at(9, run(), NO_WORK, again.memory).action is None
    assert at(10, run(), NO_WORK, again.memory).action is not None


def test_the_infrastructure_of_an_earlier_attempt_counts_for_nothing() -> None:
    """A retried run keeps the name of its old Job until the worker has made the new one."""
    before = at(-10, run(RUNNING), work(job(), pod())).memory
    old = job(ended_at=after(-5), failure="BackoffLimitExceeded")
    retried = run(PENDING, since=after(-2), infrastructure="ns:owl-x7")
    assert lasting(119, retried, work(old), before) is None
    assert lasting(120, retried, work(old), before) is not None


def test_a_job_that_failed_while_its_run_was_pending_is_of_this_attempt() -> None:
    failed = job(ended_at=after(-1), failure="BackoffLimitExceeded")
    action = lasting(10, run(PENDING, since=after(-4)), work(failed))
    assert action is not None
    assert action.state is CRASHED


def test_of_several_jobs_the_newest_counts() -> None:
    old = job(name="old", created_at=after(-99), ended_at=after(-50), failure="x")
    assert lasting(1e6, run(), work(old, job(), pod())) is None


FAILURES: list[tuple[tuple[Seen, ...], float, str]] = [
    ((job(), pod(phase=PodPhase.FAILED, ended=Ended(137, "OOMKilled"))), 2, "memory_limit"),
    ((job(ended_at=NOW, failure="DeadlineExceeded"),), 2, "active_deadline_seconds"),
    ((job(), pod(phase=PodPhase.FAILED, reason="Evicted", message="disk full")), 2, "disk full"),
    ((job(), pod(phase=PodPhase.FAILED, ended=Ended(3, "Error"))), 10, "exit code 3"),
    ((job(ended_at=NOW, failure="BackoffLimitExceeded"),), 10, "BackoffLimitExceeded"),
    ((job(ended_at=NOW), pod(phase=PodPhase.SUCCEEDED, ended=Ended(0))), 30, "kubectl logs job"),
]


@pytest.mark.parametrize("state", [PENDING, RUNNING])
@pytest.mark.parametrize(("seen", "patience", "said"), FAILURES)
def test_a_run_whose_job_ended_has_crashed_with_cause_and_remedy(
    state: RunState, seen: tuple[Seen, ...], patience: float, said: str
) -> None:
    its = work(*seen)
    assert lasting(patience - 0.1, run(state), its) is None
    action = lasting(patience, run(state), its)
    assert action is not None
    assert (action.state, action.stop) == (CRASHED, NO_WORK)
    assert said in action.message


IMAGE = Waiting("ErrImageNeverPull", 'image "windlass:x" is not present')
STUCK: list[tuple[FlowPod | None, float, str]] = [
    (pod(phase=PodPhase.PENDING, waiting=IMAGE), 20, '"windlass:x" is not present'),
    (pod(phase=PodPhase.PENDING, unschedulable="0/1 nodes"), 600, "(0/1 nodes)"),
    (
        pod(phase=PodPhase.PENDING, waiting=Waiting("ContainerCreating")),
        900,
        "its node did not start its pod (ContainerCreating)",
    ),
    (None, 600, "kubectl describe job owl-x7"),
]


@pytest.mark.parametrize(("seen", "patience", "said"), STUCK)
def test_a_run_whose_pod_does_not_start_has_crashed_and_its_job_is_deleted(
    seen: FlowPod | None, patience: float, said: str
) -> None:
    its = work(job(), *([seen] if seen else []))
    assert lasting(patience - 0.1, run(PENDING), its) is None
    action = lasting(patience, run(PENDING), its)
    assert action is not None
    assert (action.state, action.stop) == (CRASHED, its)
    assert said in action.message


def test_two_reasons_of_one_trouble_are_one_situation() -> None:
    waiting = [Waiting("ErrImagePull"), Waiting("ImagePullBackOff"), Waiting("ErrImagePull")]
    memory = NOTHING
    actions = []
    for number, reason in enumerate(waiting):
        its = work(job(), pod(phase=PodPhase.PENDING, waiting=reason))
        judged = at(number * 10, run(PENDING), its, memory)
        memory = judged.memory
        actions.append(judged.action is not None)
    assert actions == [False, False, True]


def test_a_run_on_a_lost_node_has_crashed() -> None:
    lost = pod(gone_by=after(-61), grace=timedelta(seconds=30))
    action = at(0, run(), work(job(), lost)).action
    assert action is not None
    assert (action.state, action.stop) == (CRASHED, work(job()))


@pytest.mark.parametrize("state", OVER)
@pytest.mark.parametrize(("seconds", "stopped"), [(29, False), (30, True)])
def test_a_pod_that_outlives_its_run_is_stopped(
    state: RunState, seconds: float, stopped: bool
) -> None:
    action = lasting(seconds, run(state), work(job(), pod()))
    assert (action is not None) is stopped
    assert action is None or (action.state, action.stop) == (None, work(job(), pod()))


def test_no_action_starts_a_run_again() -> None:
    ends = {CANCELLED, CRASHED, None}
    every = (PENDING, RUNNING, CANCELLING, *OVER)
    cases = [*(seen for _, seen in HEALTHY), *(seen for seen, _, _ in FAILURES), ()]
    actions = [lasting(1e6, run(state), work(*seen)) for state in every for seen in cases]
    assert {action.state for action in actions if action is not None} == ends
