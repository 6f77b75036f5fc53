"""Every file of examples/, as a person runs it, on a real Prefect."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.support.prefect_worlds import PATIENT, post
from tests.support.processes import wait_for
from tests.support.repository import ROOT
from windlass.cli import main

EXAMPLES = ROOT / "examples"
ALONE = sorted(path.name for path in EXAMPLES.glob("0[1-8]_*.py"))
SECONDS = 120.0
SERVED = ("example-09-serve", "served")
UNKNOWN = "00000000-0000-4000-8000-000000000000"


@pytest.fixture(scope="module")
def prefect(prefect_url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=prefect_url, timeout=PATIENT) as client:
        yield client


@pytest.fixture(scope="module")
def environment(prefect_url: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return {
        **os.environ,
        "PREFECT_HOME": str(tmp_path_factory.mktemp("examples")),
        "PREFECT_API_URL": prefect_url,
        "PREFECT_RUNNER_POLL_FREQUENCY": "1",
        "EXAMPLE_RETRY_SECONDS": "0.1",
    }


def run(environment: dict[str, str], *command: str) -> str:
    done = subprocess.run(
        [sys.executable, *command],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


@pytest.fixture(scope="module")
def logs(prefect: httpx.Client, environment: dict[str, str]) -> dict[str, list[str]]:
    """What each of the first eight left in its run's log; one process runs them all."""
    program = str(ROOT / "tests" / "support" / "run_examples.py")
    run(environment, program, *(str(EXAMPLES / name) for name in ALONE))
    return {name: log_of(prefect, the_run(prefect, name)["id"]) for name in ALONE}


def the_run(prefect: httpx.Client, example: str) -> dict[str, Any]:
    """The one flow run of an example, by its flow's name."""
    flow = f"example-{example.removesuffix('.py').replace('_', '-')}"
    answer = prefect.post("/flow_runs/filter", json={"flows": {"name": {"any_": [flow]}}})
    [found] = answer.raise_for_status().json()
    assert found["state"]["type"] == "COMPLETED", found["state"]
    return dict(found)


def log_of(prefect: httpx.Client, flow_run: str) -> list[str]:
    query = {"logs": {"flow_run_id": {"any_": [flow_run]}}, "sort": "TIMESTAMP_ASC"}
    answer = prefect.post("/logs/filter", json=query).raise_for_status().json()
    return [entry["message"] for entry in answer]


@pytest.mark.parametrize(
    ("example", "said"),
    [
        ("01_flow.py", ["mean of 3 prices: 25.20"]),
        ("02_tasks.py", ["1000 m: 213 s"]),
        ("03_synchronous.py", ["linear trained, forest trained, boosted trained"]),
        ("04_submit.py", ["linear trained, forest trained, boosted trained"]),
        ("05_mixed.py", ["1 of 2 alarms were right"]),
        ("06_retries.py", ["Retry 1/3", "Retry 2/3", "attempt 3: the source answered"]),
        ("07_run_logger.py", ["got 3 prices", "1 of 3 prices are missing", "mean price 25.30"]),
        ("08_combined.py", ["Retry 1/3", "18 trips, mean error 42.5 s on the held-back ones"]),
    ],
)
def test_a_run_completes_and_its_log_tells_what_it_did(
    logs: dict[str, list[str]], example: str, said: list[str]
) -> None:
    told = iter(logs[example])
    assert all(any(line in message for message in told) for line in said), logs[example]


def times_as_long(log: list[str]) -> float:
    [found] = re.findall(r"([\d.]+) times", "\n".join(log))
    return float(found)


def test_submitted_tasks_overlap_and_called_ones_do_not(logs: dict[str, list[str]]) -> None:
    called, submitted = logs["03_synchronous.py"], logs["04_submit.py"]
    assert times_as_long(called) >= 3
    assert times_as_long(submitted) < times_as_long(called)


def test_retries_are_five_seconds_apart_unless_a_test_is_in_a_hurry() -> None:
    source = (EXAMPLES / "06_retries.py").read_text()
    assert 'os.environ.get("EXAMPLE_RETRY_SECONDS", "5")' in source
    assert "@task(retries=3, retry_delay_seconds=PAUSE)" in source


@pytest.fixture(scope="module")
def deployment(prefect: httpx.Client, environment: dict[str, str]) -> Iterator[str]:
    """Id of what 09_serve.py serves, while it does."""
    command = [sys.executable, str(EXAMPLES / "09_serve.py")]
    with subprocess.Popen(command, env=environment, cwd=ROOT) as process:
        try:
            path = "/deployments/name/{}/{}".format(*SERVED)
            yield eventually(lambda: known_id(prefect, path))
        finally:
            process.send_signal(signal.SIGTERM)


def known_id(prefect: httpx.Client, path: str) -> str | None:
    answer = prefect.get(path)
    return str(answer.json()["id"]) if answer.is_success else None


def eventually(look: Any) -> Any:
    deadline = time.monotonic() + SECONDS
    while (found := look()) is None:
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.2)
    return found


def finished(prefect: httpx.Client, flow_run: str) -> dict[str, Any]:
    def look() -> dict[str, Any] | None:
        found: dict[str, Any] = prefect.get(f"/flow_runs/{flow_run}").json()
        return found if found["state"]["type"] in ("COMPLETED", "FAILED", "CRASHED") else None

    return dict(eventually(look))


def test_an_id_is_found_by_name(environment: dict[str, str], deployment: str) -> None:
    said = run(environment, str(EXAMPLES / "11_id_by_name.py"), *SERVED)
    assert said.strip() == deployment


def test_served_runs_are_triggered_by_id_and_by_name(
    prefect: httpx.Client, environment: dict[str, str], deployment: str
) -> None:
    by_id, by_name = EXAMPLES / "10_trigger_by_id.py", EXAMPLES / "12_trigger_by_name.py"
    first = run(environment, str(by_id), deployment, '{"seconds_per_metre": 0.3}').strip()
    second = run(environment, str(by_name), *SERVED, '{"metres": 1500}').strip()
    runs = [finished(prefect, flow_run) for flow_run in (first, second)]
    assert [one["state"]["type"] for one in runs] == ["COMPLETED", "COMPLETED"]
    assert {one["deployment_id"] for one in runs} == {deployment}
    # logs are sent in batches, and may come after the end
    wait_for(lambda: "1000 m: 300 s" in log_of(prefect, first), SECONDS)
    wait_for(lambda: "1500 m: 300 s" in log_of(prefect, second), SECONDS)


def test_the_command_line_triggers_by_name_and_by_id(
    prefect: httpx.Client,
    prefect_url: str,
    deployment: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("WINDLASS_PREFECT__API_URL", prefect_url)
    for wanted, options in (("/".join(SERVED), ["--param", "metres=500"]), (deployment, [])):
        assert main.run(["trigger", wanted, *options, "--output", "json"]) == 0
        started = json.loads(capsys.readouterr().out)
        found = prefect.get(f"/flow_runs/{started['id']}").json()
        assert found["deployment_id"] == deployment
        assert found["parameters"] == ({"metres": 500} if options else {})
        # nobody needs it to run
        cancelled = {"state": {"type": "CANCELLED", "name": "Cancelled"}, "force": True}
        post(prefect, f"/flow_runs/{started['id']}/set_state", cancelled)


@pytest.mark.parametrize("wanted", [UNKNOWN, "nameless", "a/b/c"])
def test_a_deployment_that_is_not_there_is_told(
    prefect_url: str,
    wanted: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("WINDLASS_PREFECT__API_URL", prefect_url)
    assert main.run(["trigger", wanted]) == 2
    assert wanted in capsys.readouterr().err


def test_the_list_of_examples_names_each_file() -> None:
    listed = re.findall(r"\]\((\d\d_\w+\.py)\)", (EXAMPLES / "README.md").read_text())
    assert listed == sorted(path.name for path in EXAMPLES.glob("[01]*_*.py"))
    assert len(listed) == 12
