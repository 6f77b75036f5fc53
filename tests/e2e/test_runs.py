"""Flow runs that are cancelled or whose pods die: their state tells it, and none runs twice."""

import time

import httpx
import pytest

from tests.e2e.conftest import kill
from tests.support.kube import until
from tests.support.release import CHECK, TRAINING, Release, created, ended, reached

pytestmark = pytest.mark.e2e

LONG = {"source": "synthetic", "parameters": {"n_trials": 500}}


@pytest.fixture
def running(windlass: Release, prefect: httpx.Client) -> str:
    """A training run in the middle of its work."""
    flow_run = created(prefect, TRAINING, parameters=LONG)
    reached(prefect, flow_run, "RUNNING", 60)
    return flow_run


def test_cancelling_ends_pod_and_state(
    windlass: Release, prefect: httpx.Client, running: str
) -> None:
    begun = time.monotonic()
    state = {"state": {"type": "CANCELLING", "name": "Cancelling"}, "force": False}
    prefect.post(f"/flow_runs/{running}/set_state", json=state).raise_for_status()
    assert ended(prefect, running, 10)["type"] == "CANCELLED"
    until(lambda: not windlass.flow_pods(running), 10 - (time.monotonic() - begun), "no pod")


def test_a_deleted_pod_crashes_its_run_which_never_runs_again(
    windlass: Release, prefect: httpx.Client, running: str
) -> None:
    [pod] = windlass.flow_pods(running)
    windlass.kube.kubectl("delete", "pod", pod["metadata"]["name"], "--wait=false")
    state = ended(prefect, running, 10)
    assert state["type"] == "CRASHED"
    _stays_ended(windlass, prefect, running)


def test_a_deleted_job_crashes_its_run(
    windlass: Release, prefect: httpx.Client, running: str
) -> None:
    windlass.kube.kubectl("delete", "job", "-l", f"prefect.io/flow-run-id={running}")
    assert ended(prefect, running, 10)["type"] == "CRASHED"
    _stays_ended(windlass, prefect, running)


def test_a_pod_that_runs_out_of_memory_crashes_its_run_and_says_so(
    windlass: Release, prefect: httpx.Client
) -> None:
    little = {"memory_limit": "48Mi", "memory_request": "48Mi"}
    flow_run = created(prefect, CHECK, job_variables=little)
    state = ended(prefect, flow_run, 60)
    assert state["type"] == "CRASHED"
    assert "memory" in state["message"].lower()


def test_an_image_that_cannot_be_had_crashes_the_run_with_the_remedy(
    windlass: Release, prefect: httpx.Client
) -> None:
    flow_run = created(prefect, CHECK, job_variables={"image": "localhost/windlass:nowhere"})
    state = ended(prefect, flow_run, 90)
    assert state["type"] == "CRASHED"
    assert "localhost/windlass:nowhere" in state["message"]


def test_runs_go_on_while_the_worker_is_replaced(
    windlass: Release, prefect: httpx.Client, running: str
) -> None:
    windlass.kube.kubectl("delete", "pod", windlass.pod("prefect-worker")["metadata"]["name"])
    until(lambda: windlass.is_up("prefect-worker"), 120, "the worker")
    flow_run = created(prefect, CHECK)
    assert ended(prefect, flow_run, 90)["type"] == "COMPLETED"
    reached(prefect, running, "RUNNING", 5)
    prefect.post(
        f"/flow_runs/{running}/set_state",
        json={"state": {"type": "CANCELLING", "name": "Cancelling"}, "force": False},
    ).raise_for_status()
    assert ended(prefect, running, 10)["type"] == "CANCELLED"


def test_a_search_over_many_pods_loses_no_trial_when_one_is_killed(
    windlass: Release, prefect: httpx.Client
) -> None:
    search = {"fan_out": 2, "n_trials": 4, "parallelism": 4, "folds": 2, "iterations": 60}
    parameters = {"source": "synthetic", "parameters": search}
    flow_run = created(prefect, TRAINING, parameters=parameters)
    victim = until(lambda: _trial_pod(windlass), 120, "a pod of trials")
    kill(victim)
    state = ended(prefect, flow_run, 400)
    assert state["type"] == "COMPLETED", state["message"]
    runs = prefect.post("/flow_runs/filter", json={"flows": {"name": {"any_": ["tune"]}}}).json()
    ends = [run["state"]["type"] for run in runs]
    assert ends.count("CRASHED") == 1
    # two shares of one round for each of the two algorithms, and the dead one's again
    assert ends.count("COMPLETED") == 4


def _trial_pod(windlass: Release) -> str | None:
    """Uid of a pod that evaluates trials."""
    pods = windlass.kube.items("pods", "-l", f"{windlass.selector},app.kubernetes.io/name=trials")
    running = [pod["metadata"]["uid"] for pod in pods if pod["status"]["phase"] == "Running"]
    return running[0] if running else None


def _stays_ended(windlass: Release, prefect: httpx.Client, flow_run: str) -> None:
    """Another run of it would have a Job within a poll of the worker."""
    other = created(prefect, CHECK)
    assert ended(prefect, other, 90)["type"] == "COMPLETED"
    found = prefect.get(f"/flow_runs/{flow_run}").raise_for_status().json()
    assert found["state"]["type"] == "CRASHED"
    assert found["run_count"] <= 1
