"""The recommender's flow on a real Prefect: its tasks, their logs and retries, and what they block.

It works without a platform here: features in an SQLite file, versions in memory.
"""

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
import sys
from windlass.pipelines.recommender.flow import dm4ml_recommendation_pipeline
from windlass.pipelines.recommender.params import Parameters
quick = Parameters(iterations=20, ranker_positions=500)
dm4ml_recommendation_pipeline(data=sys.argv[1], parameters=quick)
"""


class Run(NamedTuple):
    """A flow run and its tasks, as Prefect tells them."""

    code: int
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


def run(prefect: httpx.Client, folder: Path, data: Path, **environment: str) -> Run:
    before = {each["id"] for each in find(prefect, "flow_runs")}
    variables = {
        **os.environ,
        "PREFECT_API_URL": str(prefect.base_url),
        "WINDLASS_FOLDER": str(folder / ".windlass"),
        **environment,
    }
    command = [sys.executable, "-P", "-c", PROGRAM, str(data)]
    done = subprocess.run(command, env=variables, capture_output=True, timeout=SECONDS, check=False)
    [flow] = [each for each in find(prefect, "flow_runs") if each["id"] not in before]
    logs = find(prefect, "logs", {"logs": {"flow_run_id": {"any_": [flow["id"]]}}})
    return Run(done.returncode, flow, settled(prefect, flow["id"]), logs)


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


def find(
    prefect: httpx.Client, what: str, wanted: Mapping[str, object] | None = None
) -> list[Mapping[str, Any]]:
    found: Any = post(prefect, f"/{what}/filter", wanted or {})
    return list(found)


def given(folder: Path, **files: bytes) -> Path:
    data = folder / "data"
    data.mkdir()
    for name, content in files.items():
        (data / f"{name}.csv").write_bytes(content)
    return data


def test_the_eight_tasks_run_in_order_and_log(prefect: httpx.Client, tmp_path: Path) -> None:
    found = run(prefect, tmp_path, given(tmp_path, events=shop.files()["events.csv"]))
    assert found.code == 0
    assert found.flow["state_type"] == "COMPLETED"
    assert tuple(task["name"] for task in found.tasks) == shop.TASKS
    assert set(found.states.values()) == {"COMPLETED"}
    for task in found.tasks:
        assert task["empirical_policy"]["retries"] == RETRIES
        said = [log["message"] for log in found.logs if log["task_run_id"] == task["id"]]
        assert any(text.startswith(f"{task['name']} is done after") for text in said)


def test_bad_data_fails_one_task_at_once_and_nothing_follows(
    prefect: httpx.Client, tmp_path: Path
) -> None:
    events = b"event_time,product_id,user_session\nyesterday,a,b\n"
    found = run(prefect, tmp_path, given(tmp_path, events=events))
    assert found.code != 0
    assert found.flow["state_type"] == "FAILED"
    assert found.states == {
        "ingest_clickstream": "COMPLETED",
        "ingest_products": "COMPLETED",
        "validate_data": "FAILED",
    }
    assert found.tasks[-1]["run_count"] == 1


def test_an_outage_is_tried_again_and_then_nothing_follows(
    prefect: httpx.Client, tmp_path: Path
) -> None:
    data = given(tmp_path, events=shop.files()["events.csv"])
    nobody = {
        "WINDLASS_POSTGRESQL__HOST": "127.0.0.1",
        "WINDLASS_POSTGRESQL__PORT": str(free_port()),
    }
    found = run(prefect, tmp_path, data, **nobody)
    assert found.flow["state_type"] == "FAILED"
    assert [task["name"] for task in found.tasks] == list(shop.TASKS[:5])
    assert found.states["engineer_features"] == "FAILED"
    assert found.tasks[-1]["run_count"] == RETRIES + 1
