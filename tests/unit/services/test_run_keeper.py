"""The keeper of flow runs on twins: what it does look by look, and what no fault can make it do."""

import logging
import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.support.flow_work import ID, NOW, after, job, pod, run
from windlass.adapters.memory.clock import MemoryClock
from windlass.adapters.memory.faults import Faults, Kind, PlannedFault
from windlass.adapters.memory.jobs import MemoryFlowJobs
from windlass.adapters.memory.runs import MemoryPoolRuns
from windlass.domain.errors import SystemUnavailable, WindlassError
from windlass.domain.flow_jobs import Ended, FlowJob, FlowPod, PodPhase, RunState, SeenRun
from windlass.domain.names import FlowRunId
from windlass.services.run_keeper import RunKeeper, RunKeeperPorts

OTHER = FlowRunId("00000000-0000-4000-8000-000000000002")
OOM = pod(phase=PodPhase.FAILED, ended=Ended(137, "OOMKilled"))


class World:
    """Prefect, a namespace, and a keeper that looks once a second."""

    def __init__(self, *plan: PlannedFault) -> None:
        self.faults = Faults(*plan)
        self.clock = MemoryClock(NOW)
        self.runs = MemoryPoolRuns(self.clock, self.faults)
        self.jobs = MemoryFlowJobs(self.clock, self.faults)
        self.keeper = self.new_keeper()
        self.failed = 0

    def new_keeper(self) -> RunKeeper:
        ports = RunKeeperPorts(runs=self.runs, jobs=self.jobs, clock=self.clock, namespace="ns")
        return RunKeeper(ports=ports)

    def put(self, *found: SeenRun | FlowJob | FlowPod) -> None:
        for one in found:
            if isinstance(one, SeenRun):
                self.runs.put(one)
            else:
                self.jobs.put(one)

    def look(self, seconds: int) -> None:
        for _ in range(seconds):
            try:
                self.keeper.look()
            except WindlassError:
                self.failed += 1
            self.clock.advance(timedelta(seconds=1))

    def seconds_until(self, state: RunState, most: int = 700) -> int:
        for second in range(most):
            if self.runs.state(ID) is state:
                return second
            self.look(1)
        raise AssertionError(f"never {state}: {self.runs.state(ID)}")

    def left(self) -> tuple[str, ...]:
        with self.faults.off():
            return self.jobs.list().names


def test_a_cancelled_run_and_its_pod_are_gone_within_ten_seconds() -> None:
    world = World()
    world.put(run(), job(), pod())
    world.look(3)
    world.put(run(RunState.CANCELLING))

    assert world.seconds_until(RunState.CANCELLED) <= 10
    assert world.left() == ()


def test_a_stopped_process_that_reports_a_crash_was_cancelled_all_the_same() -> None:
    world = World()
    world.put(run(RunState.CANCELLING), job(), pod())
    world.look(2)
    world.put(run(RunState.CRASHED))

    assert world.seconds_until(RunState.CANCELLED) <= 5
    world.look(60)
    assert world.runs.state(ID) is RunState.CANCELLED


def test_a_run_out_of_memory_says_what_to_raise() -> None:
    world = World()
    world.put(run(), job(), OOM)

    assert world.seconds_until(RunState.CRASHED) <= 4
    assert "memory_limit" in world.runs.messages[ID]
    assert world.left() == (job().name, OOM.name)


def test_the_flows_own_report_wins() -> None:
    world = World()
    world.put(run(), job(), pod())
    world.look(1)
    world.put(pod(phase=PodPhase.FAILED, ended=Ended(1, "Error")))
    world.look(5)
    world.put(run(RunState.FAILED), job(ended_at=after(3), failure="BackoffLimitExceeded"))
    world.look(60)

    assert world.runs.state(ID) is RunState.FAILED
    assert world.faults.writes == ()


def test_a_deleted_job_is_noticed() -> None:
    world = World()
    world.put(run(infrastructure="ns:owl-x7"), job(), pod())
    world.look(2)
    world.jobs.vanish(job().name, pod().name)

    assert world.seconds_until(RunState.CRASHED) <= 8
    assert "(ns:owl-x7) was deleted" in world.runs.messages[ID]


def test_a_run_that_its_worker_left_pending_frees_its_slot() -> None:
    world = World()
    world.put(run(RunState.PENDING))
    assert 120 <= world.seconds_until(RunState.CRASHED) <= 122


def test_a_pod_that_outlives_its_run_is_deleted() -> None:
    world = World()
    world.put(run(RunState.COMPLETED), job(), pod())
    world.look(30)
    assert world.left() == (job().name, pod().name)
    world.look(7)
    assert world.left() == ()


@pytest.mark.parametrize(
    "found",
    [
        (run(), job(), pod()),
        (run(infrastructure="elsewhere:owl-x7"),),
        (job(), pod()),
        (run(RunState.CANCELLING), job(ours=False), pod(ours=False)),
        (run(RunState.COMPLETED), job(ours=False), pod(ours=False)),
        (run(RunState.SCHEDULED), job(), pod()),
    ],
    ids=["healthy", "elsewhere", "of no run here", "of others", "of others, over", "retrying"],
)
def test_what_is_none_of_its_business_is_left_alone(
    found: tuple[SeenRun | FlowJob | FlowPod, ...],
) -> None:
    world = World()
    world.put(*found)
    world.look(300)
    assert world.faults.writes == ()


@pytest.mark.parametrize("target", ["runs.under_way", "jobs.list"])
def test_an_outage_changes_nothing(target: str) -> None:
    world = World(PlannedFault(kind=Kind.OUTAGE, target=target))
    world.put(run(), run(RunState.CANCELLING, id=OTHER))
    world.look(300)
    assert world.failed == 300
    assert world.faults.writes == ()


def test_an_outage_is_no_part_of_anybodys_patience() -> None:
    world = World()
    world.put(run(), job(), pod())
    world.look(1)
    world.faults.outage("jobs")
    world.look(60)
    world.faults.lift()
    world.jobs.vanish(job().name, pod().name)
    world.look(5)
    assert world.runs.state(ID) is RunState.RUNNING


@pytest.mark.parametrize("kind", [Kind.FAIL, Kind.LATE])
@pytest.mark.parametrize("at", range(1, 16))
def test_whichever_call_fails_the_end_is_the_same(kind: Kind, at: int) -> None:
    world = World(PlannedFault(kind=kind, at=at))
    crashing = replace(OOM, name="oom", flow_run=OTHER, job="oom")
    world.put(run(RunState.CANCELLING), job(), pod())
    world.put(run(id=OTHER), job(name="oom", flow_run=OTHER), crashing)
    world.look(20)

    assert world.runs.state(ID) is RunState.CANCELLED
    assert world.runs.state(OTHER) is RunState.CRASHED
    assert world.left() == ("oom", "oom")


def test_one_run_that_nothing_can_be_done_for_does_not_stop_the_others() -> None:
    world = World(PlannedFault(kind=Kind.OUTAGE, target="jobs.delete_job"))
    crashing = replace(OOM, name="oom", flow_run=OTHER, job="oom")
    world.put(run(RunState.CANCELLING), job(), pod())
    world.put(run(id=OTHER), job(name="oom", flow_run=OTHER), crashing)
    world.look(5)

    assert world.failed == 0
    assert world.runs.state(OTHER) is RunState.CRASHED
    assert world.runs.state(ID) is RunState.CANCELLING
    assert pod().name in world.left()


def test_a_new_keeper_finishes_what_a_killed_one_began() -> None:
    world = World()
    world.put(run(RunState.CANCELLING), job(), pod())
    world.look(1)
    world.keeper = world.new_keeper()
    assert world.seconds_until(RunState.CANCELLED) <= 12


def test_an_outage_is_logged_once_and_so_is_its_end(caplog: pytest.LogCaptureFixture) -> None:
    world = World(PlannedFault(kind=Kind.OUTAGE, target="jobs.list"))
    looks: list[int] = []
    stopping = threading.Event()

    def alive() -> None:
        looks.append(1)
        if len(looks) == 3:
            world.faults.lift()
        if len(looks) == 5:
            stopping.set()

    world.keeper.alive = alive
    with caplog.at_level(logging.INFO):
        world.keeper.keep(stopping, seconds=0)

    assert [record.getMessage() for record in caplog.records] == [
        "nothing is changed: jobs.list: did not answer (injected)",
        "all systems answer again",
    ]


def test_each_act_is_one_line(caplog: pytest.LogCaptureFixture) -> None:
    world = World()
    world.put(run(RunState.CANCELLING), job(), pod())
    with caplog.at_level(logging.INFO):
        world.look(10)
    assert [record.getMessage() for record in caplog.records] == [
        f"run wise-owl ({ID}): deleted owl-x7, owl-x7-abc: it was cancelled",
        f"run wise-owl ({ID}): Cancelled: its pod was stopped.",
    ]


def test_a_defect_is_not_hidden() -> None:
    class Broken(MemoryFlowJobs):
        def delete_job(self, name: str) -> None:
            raise ZeroDivisionError

    world = World()
    world.put(run(RunState.CANCELLING))
    broken = Broken(world.clock)
    broken.put(job())
    world.keeper.ports = replace(world.keeper.ports, jobs=broken)
    with pytest.raises(ZeroDivisionError):
        world.look(1)


def test_a_failing_look_is_the_callers_to_see() -> None:
    world = World(PlannedFault(kind=Kind.FAIL, target="runs"))
    with pytest.raises(SystemUnavailable):
        world.keeper.look()
