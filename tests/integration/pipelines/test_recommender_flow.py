"""The recommender's flow on a real Prefect: its tasks, their logs and retries, and what they block.

It works without a platform here: features in an SQLite file, versions in memory.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from tests.support import shop
from tests.support.prefect_worlds import PATIENT, post
from tests.support.servers import free_port, running_prefect
from windlass.flows.stages import RETRIES

SECONDS = 300.0
PROGRAM = """
import json, os, sys
from windlass.pipelines.recommender.flow import dm4ml_recommendation_pipeline
from windlass.pipelines.recommender.params import Parameters
quick = Parameters(iterations=20, ranker_positions=500)
for name, data, environment in json.loads(sys.argv[1]):
    os.environ.update(environment)
    named = dm4ml_recommendation_pipeline.with_options(flow_run_name=name)
    named(data=data, parameters=quick, return_state=True)
"""
"""Runs with names, one after another: Prefect and what pipelines need are imported once."""


class Run(NamedTuple):
    """A flow run and its tasks, as Prefect tells them."""

    flow: Mapping[str, Any]
    tasks: list[Mapping[str, Any]]
    """In the order in which they began."""
    logs: list[Mapping[str, Any]]

    @property
    def states(self) -> dict[str, str]:
        """State of each task by its name."""
        return {task["name"]: task["state_type"] for task in self.tasks}


@pytest.fixture(scope="module")
def prefect(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    folder = tmp_path_factory.mktemp("prefect")
    with (
        running_prefect(folder, {}, services=True) as url,
        httpx.Client(base_url=url, timeout=PATIENT) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def runs(prefect: httpx.Client, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    """A good run, one of bad data, and one whose database nobody answers for."""
    folder = tmp_path_factory.mktemp("recommender")
    good = given(folder / "good", shop.files()["events.csv"])
    bad = given(folder / "bad", b"event_time,product_id,user_session\nyesterday,a,b\n")
    nobody = {
        "WINDLASS_POSTGRESQL__HOST": "127.0.0.1",
        "WINDLASS_POSTGRESQL__PORT": str(free_port()),
    }
    orders = [("good", good, {}), ("bad", bad, {}), ("outage", good, nobody)]
    variables = {
        **os.environ,
        "PREFECT_API_URL": str(prefect.base_url),
        "WINDLASS_FOLDER": str(folder / ".windlass"),
    }
    command = [sys.executable, "-P", "-c", PROGRAM, json.dumps(orders)]
    subprocess.run(command, env=variables, capture_output=True, timeout=SECONDS, check=True)
    return {name: told(prefect, name) for name, _, _ in orders}


def told(prefect: httpx.Client, name: str) -> Run:
    [flow] = find(prefect, "flow_runs", {"flow_runs": {"name": {"any_": [name]}}})
    logs = find(prefect, "logs", {"logs": {"flow_run_id": {"any_": [flow["id"]]}}})
    return Run(flow, settled(prefect, flow["id"]), logs)


def settled(prefect: httpx.Client, flow_run: str) -> list[Mapping[str, Any]]:
    """Tasks of a run that is over, once the server has heard of the end of the last."""
    wanted = {"flow_runs": {"id": {"any_": [flow_run]}}}
    deadline = time.monotonic() + PATIENT
    while time.monotonic() < deadline:
        tasks = find(prefect, "task_runs", wanted)
        states = {task["state_type"] for task in tasks}
        if tasks and (states == {"COMPLETED"} or "FAILED" in states) and len(states) <= 2:
            return sorted(tasks, key=lambda task: str(task["start_time"]))
        time.sleep(0.2)
    raise AssertionError(f"the tasks of {flow_run} never ended")


def find(prefect: httpx.Client, what: str, wanted: Mapping[str, object]) -> list[Mapping[str, Any]]:
    found: Any = post(prefect, f"/{what}/filter", wanted)
    return list(found)


def given(folder: Path, events: bytes) -> str:
    folder.mkdir()
    (folder / "events.csv").write_bytes(events)
    return str(folder)


def test_the_eight_tasks_run_in_order_and_log(runs: Mapping[str, Run]) -> None:
    found = runs["good"]
    assert found.flow["state_type"] == "COMPLETED"
    assert tuple(task["name"] for task in found.tasks) == shop.TASKS
    assert set(found.states.values()) == {"COMPLETED"}
    for task in found.tasks:
        assert task["empirical_policy"]["retries"] == RETRIES
        said = [log["message"] for log in found.logs if log["task_run_id"] == task["id"]]
        assert any(text.startswith(f"{task['name']} is done after") for text in said)


def test_bad_data_fails_one_task_at_once_and_nothing_follows(runs: Mapping[str, Run]) -> None:
    found = runs["bad"]
    assert found.flow["state_type"] == "FAILED"
    assert found.states == {
        "ingest_clickstream": "COMPLETED",
        "ingest_products": "COMPLETED",
        "validate_data": "FAILED",
    }
    assert found.tasks[-1]["run_count"] == 1


def test_an_outage_is_tried_again_and_then_nothing_follows(runs: Mapping[str, Run]) -> None:
    found = runs["outage"]
    assert found.flow["state_type"] == "FAILED"
    assert [task["name"] for task in found.tasks] == list(shop.TASKS[:5])
    assert found.states["engineer_features"] == "FAILED"
    assert found.tasks[-1]["run_count"] == RETRIES + 1
