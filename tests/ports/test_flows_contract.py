"""What every FlowRuns does, whether the twin or Prefect."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.support.prefect_worlds import FlowWorld, PrefectFlows, new_name, prefect_flows
from windlass.domain.errors import InputError
from windlass.domain.names import FlowRunId
from windlass.domain.promotion.evaluation import FlowRun, FlowRunState

FINISHED = [state for state in FlowRunState if state.finished]


@pytest.fixture
def deployment(flow_world: FlowWorld) -> str:
    name = f"{new_name()}/score versions"
    flow_world.deploy(name)
    return name


def test_a_started_run_waits_with_its_parameters(flow_world: FlowWorld, deployment: str) -> None:
    parameters = {"dataset": "s3://windlass/x", "versions": ["1", "2"], "deep": {"a": None}}

    run = flow_world.flows.start(deployment, new_name(), parameters)

    assert run.state is FlowRunState.PENDING
    assert run.url is not None
    assert run.url.endswith(f"/flow-run/{run.id}")
    assert flow_world.parameters(run.id) == parameters


def test_a_known_key_gives_the_run_it_has(flow_world: FlowWorld, deployment: str) -> None:
    key = new_name()
    first = flow_world.flows.start(deployment, key, {"dataset": "old"})
    flow_world.move(first.id, FlowRunState.FAILED, "out of memory")

    again = flow_world.flows.start(deployment, key, {"dataset": "new"})

    assert again.id == first.id
    assert (again.state, again.message) == (FlowRunState.FAILED, "out of memory")
    assert flow_world.parameters(first.id) == {"dataset": "old"}


def test_another_key_or_flow_gives_another_run(flow_world: FlowWorld, deployment: str) -> None:
    other, key = f"{new_name()}/score versions", new_name()
    flow_world.deploy(other)

    started = [
        flow_world.flows.start(deployment, key, {}),
        flow_world.flows.start(deployment, f"{key}-2", {}),
        flow_world.flows.start(other, key, {}),
    ]

    assert len({run.id for run in started}) == 3
    assert flow_world.flows.find(deployment, key) == started[0]
    assert flow_world.flows.find(other, key) == started[2]


def test_an_unknown_key_finds_nothing(flow_world: FlowWorld, deployment: str) -> None:
    flow_world.flows.start(deployment, new_name(), {})

    assert flow_world.flows.find(deployment, new_name()) is None
    assert flow_world.flows.find(f"{new_name()}/x", new_name()) is None


@pytest.mark.parametrize("shape", ["{}/score", "{}", "{}/a/b"])
def test_an_unknown_deployment_says_how_to_make_it(flow_world: FlowWorld, shape: str) -> None:
    deployment = shape.format(new_name())

    with pytest.raises(InputError, match=f"no deployment {deployment}: .* `windlass deploy`"):
        flow_world.flows.start(deployment, new_name(), {})


@pytest.mark.parametrize("state", list(FlowRunState))
def test_states_and_their_message_are_seen(
    flow_world: FlowWorld, deployment: str, state: FlowRunState
) -> None:
    key = new_name()
    run = flow_world.flows.start(deployment, key, {})

    flow_world.move(run.id, state, "as told")

    found = flow_world.flows.find(deployment, key)
    assert found is not None
    assert replace(found, ended_at=None) == FlowRun(
        id=run.id, state=state, message="as told", url=run.url
    )
    assert (found.ended_at is not None) == state.finished
    assert found.ended_at is None or found.ended_at.tzinfo is not None


def test_a_run_that_has_not_begun_is_cancelled_at_once(
    flow_world: FlowWorld, deployment: str
) -> None:
    key = new_name()
    run = flow_world.flows.start(deployment, key, {})

    flow_world.flows.cancel(run.id)

    assert _state(flow_world, deployment, key) is FlowRunState.CANCELLED


def test_a_running_one_is_over_only_when_its_process_is(
    flow_world: FlowWorld, deployment: str
) -> None:
    key = new_name()
    run = flow_world.flows.start(deployment, key, {})
    flow_world.move(run.id, FlowRunState.RUNNING)

    for _ in range(2):
        flow_world.flows.cancel(run.id)

    assert _state(flow_world, deployment, key) is FlowRunState.RUNNING
    flow_world.move(run.id, FlowRunState.CANCELLED)
    assert _state(flow_world, deployment, key) is FlowRunState.CANCELLED


@pytest.mark.parametrize("state", FINISHED)
def test_a_finished_run_stays_as_it_is(
    flow_world: FlowWorld, deployment: str, state: FlowRunState
) -> None:
    key = new_name()
    run = flow_world.flows.start(deployment, key, {})
    flow_world.move(run.id, state)

    flow_world.flows.cancel(run.id)

    assert _state(flow_world, deployment, key) is state


@pytest.mark.parametrize("unknown", ["00000000-0000-4000-8000-000000000000", "no-id", ""])
def test_cancelling_an_unknown_run_changes_nothing(
    flow_world: FlowWorld, deployment: str, unknown: str
) -> None:
    key = new_name()
    run = flow_world.flows.start(deployment, key, {})

    flow_world.flows.cancel(FlowRunId(unknown))

    assert flow_world.flows.find(deployment, key) == run


@pytest.fixture
def prefect(prefect_url: str) -> Iterator[PrefectFlows]:
    with prefect_flows(prefect_url) as real:
        yield real


@pytest.mark.parametrize(
    ("type_", "state"),
    [
        ("SCHEDULED", FlowRunState.PENDING),
        ("PAUSED", FlowRunState.PENDING),
        ("CANCELLING", FlowRunState.RUNNING),
    ],
)
def test_states_that_only_prefect_knows_are_not_over(
    prefect: PrefectFlows, type_: str, state: FlowRunState
) -> None:
    deployment, key = f"{new_name()}/x", new_name()
    prefect.deploy(deployment)
    run = prefect.flows.start(deployment, key, {})

    prefect.force(run.id, "RUNNING")
    prefect.force(run.id, type_)

    assert _state(prefect, deployment, key) is state


def test_a_cancelled_runs_process_is_told_to_stop(prefect: PrefectFlows) -> None:
    deployment = f"{new_name()}/x"
    prefect.deploy(deployment)
    run = prefect.flows.start(deployment, new_name(), {})
    prefect.force(run.id, "RUNNING")

    prefect.flows.cancel(run.id)

    assert prefect.read(run.id)["state"]["type"] == "CANCELLING"


def _state(world: FlowWorld, deployment: str, key: str) -> FlowRunState | None:
    found = world.flows.find(deployment, key)
    return found.state if found else None
