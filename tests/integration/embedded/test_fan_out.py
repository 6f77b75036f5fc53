"""A training whose trials are evaluated by flow runs of their own, on a real Prefect."""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.support import plant
from tests.support.platforms import Platform, descendants, kill, platform

pytestmark = pytest.mark.real  # it takes a minute and a half, and make test has the twins

SEARCH = {"horizon_hours": 24, "gap_hours": 0, "folds": 2, "iterations": 20, "n_trials": 2}
PATIENCE = 240.0


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    with platform(tmp_path_factory.mktemp("fanned") / ".windlass") as made:
        yield made


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    for name, content in plant.files().items():
        (folder / name).write_bytes(content)
    return folder


def tune_runs(running: Platform) -> list[dict[str, object]]:
    """Flow runs that evaluate shares, as Prefect tells them."""
    api = running.record().connections.prefect.api_url
    body = {"flows": {"name": {"any_": ["tune"]}}}
    answer = httpx.post(f"{api}/flow_runs/filter", json=body, timeout=60, trust_env=False)
    found: list[dict[str, object]] = answer.raise_for_status().json()
    return found


def kill_one(running: Platform) -> None:
    """Kill -9 the first process that evaluates a share: one that the runner has started."""
    runner = next(one for one in running.record().processes if one.name == "flows")
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        _, *processes = descendants(runner.pid)
        if processes and any(run["state_type"] == "RUNNING" for run in tune_runs(running)):
            kill(processes[0])
            return
        time.sleep(0.1)
    raise AssertionError("no share was ever evaluated")


def test_runs_share_a_search_and_a_killed_one_is_repeated(running: Platform, data: Path) -> None:
    given = {**SEARCH, "parallelism": 2, "fan_out": 2}
    parameters = [text for name, value in given.items() for text in ("--param", f"{name}={value}")]
    with ThreadPoolExecutor(1) as thread:
        training = thread.submit(
            running.windlass,
            *("train", "predictive-maintenance", "--data", str(data), "--output", "json"),
            *parameters,
            seconds=PATIENCE,
        )
        kill_one(running)
        said = training.result()
    assert said.code == 0, f"{said.err}\n{running.logs()}"
    assert json.loads(said.out)["version"] == "1"
    states = sorted(str(run["state_type"]) for run in tune_runs(running))
    assert states == [*["COMPLETED"] * 4, "CRASHED"]
    trials = (running.folder / "objects" / "trials").glob("*/*.json")
    assert sorted(trial.name for trial in trials) == ["00000.json"] * 2 + ["00001.json"] * 2
