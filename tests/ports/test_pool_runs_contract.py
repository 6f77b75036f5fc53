"""What every PoolRuns does, whether the twin or Prefect."""

from collections.abc import Iterator

import pytest

from tests.support.pool_worlds import PoolWorld, TwinPool, prefect_pool
from windlass.adapters import prefect_runs
from windlass.domain.flow_jobs import UNDER_WAY, RunState
from windlass.domain.flow_verdicts import Ending
from windlass.domain.names import FlowRunId

OVER = [state for state in RunState if state.over]
UNKNOWN = FlowRunId("00000000-0000-4000-8000-000000000000")


@pytest.fixture(
    params=[
        "memory",
        "prefect_url",
        pytest.param("prefect_on_postgres", marks=pytest.mark.real),
    ]
)
def pool(request: pytest.FixtureRequest) -> Iterator[PoolWorld]:
    if request.param == "memory":
        yield TwinPool()
        return
    with prefect_pool(request.getfixturevalue(request.param)) as real:
        yield real


def state_of(pool: PoolWorld, flow_run: FlowRunId) -> RunState:
    (found,) = pool.runs.find([flow_run])
    return found.state


def test_runs_under_way_are_told_apart_from_those_that_wait_or_are_over(pool: PoolWorld) -> None:
    made = {pool.start(state): state for state in RunState}

    found = {run.id: run.state for run in pool.runs.under_way()}

    assert found == {run: state for run, state in made.items() if state in UNDER_WAY}


@pytest.mark.parametrize("state", list(RunState))
def test_a_known_run_is_found_in_any_state(pool: PoolWorld, state: RunState) -> None:
    made = pool.start(state, infrastructure="ns:owl-x7")

    (found,) = pool.runs.find([made])

    assert (found.id, found.state, found.infrastructure) == (made, state, "ns:owl-x7")
    assert found.since.tzinfo is not None
    assert found.name


def test_a_run_without_infrastructure_has_none(pool: PoolWorld) -> None:
    pool.start(RunState.PENDING)
    (found,) = pool.runs.under_way()
    assert found.infrastructure == ""


def test_runs_of_other_pools_do_not_exist_here(pool: PoolWorld) -> None:
    elsewhere = pool.start_elsewhere(RunState.RUNNING)
    assert pool.runs.under_way() == ()
    assert pool.runs.find([elsewhere, UNKNOWN, FlowRunId("no-id"), FlowRunId("")]) == ()


def test_nothing_is_asked_about_nothing(pool: PoolWorld) -> None:
    pool.start(RunState.RUNNING)
    assert pool.runs.find([]) == ()


def test_many_runs_are_all_told(pool: PoolWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prefect_runs, "PAGE_SIZE", 2)
    made = {pool.start(RunState.RUNNING) for _ in range(5)}
    assert {run.id for run in pool.runs.under_way()} == made
    assert {run.id for run in pool.runs.find(made)} == made


@pytest.mark.parametrize(
    ("state", "end"),
    [
        (RunState.PENDING, RunState.CRASHED),
        (RunState.RUNNING, RunState.CRASHED),
        (RunState.CANCELLING, RunState.CANCELLED),
        (RunState.RUNNING, RunState.CANCELLED),
        # the process of a cancelled run reports a crash when it is stopped
        (RunState.CRASHED, RunState.CANCELLED),
    ],
)
def test_a_run_is_brought_to_its_end_with_a_message(
    pool: PoolWorld, state: RunState, end: Ending
) -> None:
    made = pool.start(state)

    assert pool.runs.end(made, end, "as told")

    assert state_of(pool, made) is end
    assert pool.message(made) == "as told"


@pytest.mark.parametrize("state", [*OVER, RunState.CANCELLING])
def test_an_end_or_a_cancellation_is_never_overwritten_by_a_crash(
    pool: PoolWorld, state: RunState
) -> None:
    made = pool.start(state)

    assert not pool.runs.end(made, RunState.CRASHED, "too late")

    assert state_of(pool, made) is state


def test_the_end_of_a_pending_run_frees_its_slot(prefect_url: str) -> None:
    with prefect_pool(prefect_url) as pool:
        first, second, third = pool.create(3, concurrency_limit=1)

        assert pool.propose(first, RunState.PENDING)
        assert not pool.propose(second, RunState.PENDING)
        assert pool.runs.end(first, RunState.CRASHED, "the worker died")
        assert pool.propose(third, RunState.PENDING)


def test_an_unknown_run_can_not_end(pool: PoolWorld) -> None:
    assert not pool.runs.end(UNKNOWN, RunState.CRASHED, "gone")
