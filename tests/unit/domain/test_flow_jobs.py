"""What of a run's Jobs and pods is left, and what of that has to be deleted."""

from datetime import timedelta

import pytest

from tests.support.flow_work import NOW, after, job, pod, run, work
from windlass.domain.flow_jobs import NO_WORK, FlowPod, PodPhase, RunState, by_run
from windlass.domain.names import FlowRunId


def test_jobs_and_pods_are_sorted_by_run() -> None:
    other = FlowRunId("other")
    its = by_run(work(job(), pod(), pod(name="b", flow_run=other), job(name="c", flow_run=other)))
    assert its == {
        run().id: work(job(), pod()),
        other: work(job(name="c", flow_run=other), pod(name="b", flow_run=other)),
    }


@pytest.mark.parametrize(
    ("seen", "left"),
    [
        (pod(), True),
        (pod(phase=PodPhase.PENDING), True),
        (pod(phase=PodPhase.UNKNOWN), True),
        (pod(phase=PodPhase.FAILED), False),
        (pod(phase=PodPhase.SUCCEEDED), False),
        (pod(gone_by=after(-59)), True),
        (pod(gone_by=after(-61)), False),
    ],
)
def test_a_pod_is_left_while_its_process_may_run(seen: FlowPod, left: bool) -> None:
    assert bool(work(seen).left(NOW)) is left


def test_a_job_is_left_until_it_has_ended() -> None:
    assert work(job(), job(name="b", ended_at=NOW)).left(NOW) == work(job())


@pytest.mark.parametrize(
    ("grace", "deleted"), [(None, True), (30, True), (4, True), (3, False), (0, False)]
)
def test_a_pod_on_its_way_is_deleted_again_only_to_be_faster(
    grace: int | None, deleted: bool
) -> None:
    known = None if grace is None else timedelta(seconds=grace)
    going = pod(gone_by=after(1), grace=known)
    assert work(going).to_stop == (work(going) if deleted else NO_WORK)


def test_what_others_made_is_never_deleted() -> None:
    assert work(job(ours=False), pod(ours=False)).to_stop == NO_WORK


@pytest.mark.parametrize(
    ("infrastructure", "possible"), [("", True), ("ns:job", True), ("ns-2:job", False)]
)
def test_a_run_with_a_job_elsewhere_is_known(infrastructure: str, possible: bool) -> None:
    assert run(infrastructure=infrastructure).may_run_in("ns") is possible


def test_four_states_are_ends() -> None:
    assert [state.value for state in RunState if state.over] == [
        "COMPLETED",
        "FAILED",
        "CRASHED",
        "CANCELLED",
    ]
