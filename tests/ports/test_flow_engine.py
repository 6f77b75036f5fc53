"""What becomes of a flow run whose process is ended, on a real Prefect."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.prefect_worlds import PATIENT, new_name, post

SECONDS = 60.0
ROOT = Path(__file__).parents[2]


@pytest.fixture
def prefect(prefect_url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=prefect_url, timeout=PATIENT) as client:
        yield client


Started = tuple[str, Callable[[], "subprocess.Popen[bytes]"]]


@pytest.fixture
def started(prefect: httpx.Client, prefect_url: str, tmp_path: Path) -> Started:
    """A flow run, and how its pod's process begins."""
    flow_id = post(prefect, "/flows/", {"name": "sleepy"})["id"]
    document = {
        "name": new_name(),
        "flow_id": flow_id,
        "entrypoint": "tests.support.sleepy.sleepy",
        "pull_steps": [],
    }
    deployment = post(prefect, "/deployments/", document)["id"]
    flow_run = str(post(prefect, f"/deployments/{deployment}/create_flow_run", {})["id"])
    environment = {
        **os.environ,
        "PREFECT_API_URL": prefect_url,
        "PREFECT_HOME": str(tmp_path),
        "PREFECT__FLOW_RUN_ID": flow_run,
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-m", "windlass.flows.engine"]
    return flow_run, lambda: subprocess.Popen(command, env=environment, cwd=tmp_path)


@pytest.fixture
def running(
    prefect: httpx.Client, started: Started
) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A flow run in its own process, as in a pod."""
    flow_run, start = started
    with start() as process:
        try:
            reached(prefect, flow_run, "RUNNING")
            yield flow_run, process
        finally:
            process.kill()


def test_a_cancelled_run_ends_cancelled_and_never_looks_crashed(
    prefect: httpx.Client, running: tuple[str, subprocess.Popen[bytes]]
) -> None:
    flow_run, process = running
    state = {"type": "CANCELLING", "name": "Cancelling"}
    post(prefect, f"/flow_runs/{flow_run}/set_state", {"state": state, "force": False})
    process.send_signal(signal.SIGTERM)
    assert process.wait(SECONDS) == 0
    history = prefect.get("/flow_run_states/", params={"flow_run_id": flow_run}).json()
    types = [each["type"] for each in history]
    assert types[-1] == "CANCELLED"
    assert "CRASHED" not in types


def test_a_run_that_nobody_cancelled_ends_crashed(
    prefect: httpx.Client, running: tuple[str, subprocess.Popen[bytes]]
) -> None:
    flow_run, process = running
    process.send_signal(signal.SIGTERM)
    assert process.wait(SECONDS) != 0
    reached(prefect, flow_run, "CRASHED")
    assert prefect.get(f"/flow_runs/{flow_run}").json()["run_count"] == 1


@pytest.mark.parametrize("state", ["CANCELLED", "CRASHED", "RUNNING"])
def test_a_pod_that_comes_late_or_twice_does_nothing(
    prefect: httpx.Client, started: Started, state: str
) -> None:
    flow_run, start = started
    known = {"state": {"type": state}, "force": True}
    post(prefect, f"/flow_runs/{flow_run}/set_state", known)

    with start() as process:
        assert process.wait(SECONDS) == 0

    after = prefect.get(f"/flow_runs/{flow_run}").json()
    assert after["state_type"] == state
    assert after["run_count"] <= 1


def reached(prefect: httpx.Client, flow_run: str, wanted: str) -> None:
    """Wait for a state."""
    deadline = time.monotonic() + SECONDS
    while (found := prefect.get(f"/flow_runs/{flow_run}").json()["state"]["type"]) != wanted:
        assert time.monotonic() < deadline, f"{flow_run} is {found}, not {wanted}"
        time.sleep(0.1)
