"""The streaming runtime as a flow run of a real Prefect, in a process of its own."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis

from tests.support.http_sink import http_sink
from tests.support.prefect_worlds import PATIENT, new_name, post, prefect_blocks
from tests.support.processes import wait_for
from tests.support.repository import ROOT
from tests.support.servers import free_port
from tests.support.stores import client_of
from tests.support.streets import snapshot, stops
from windlass.adapters.redis_keyvalue import RedisConnection

SECONDS = 90.0
TASKS = ["fetch_vehicle_snapshots", "predict_for_snapshots", "write_predictions_to_redis"]
PROFILES = [
    "eta_inference_times",
    "pipeline_latency_times",
    "redis_fetch_times",
    "redis_write_times",
]


class Runs:
    """Starts runtimes as pods do, and looks at what they did."""

    def __init__(self, url: str, redis_port: int, folder: Path) -> None:
        self.client = httpx.Client(base_url=url, timeout=PATIENT)
        self.folder = folder
        self._url, self._redis_port, self._log = url, redis_port, folder / "output.log"
        self._processes: list[subprocess.Popen[bytes]] = []

    def start(self, **parameters: object) -> tuple[str, "subprocess.Popen[bytes]"]:
        """Flow run and process."""
        flow_id = post(self.client, "/flows/", {"name": "prefect-eta-runtime"})["id"]
        document = {
            "name": new_name(),
            "flow_id": flow_id,
            "entrypoint": "windlass.flows.eta_runtime.eta_runtime",
            "pull_steps": [],
            "enforce_parameter_schema": False,
        }
        deployment = post(self.client, "/deployments/", document)["id"]
        given = {"poll_interval": 0.2, "folder": str(self.folder / "profiling"), **parameters}
        creation = {"parameters": given}
        made = post(self.client, f"/deployments/{deployment}/create_flow_run", creation)
        environment = {
            **os.environ,
            "PREFECT_API_URL": self._url,
            "PREFECT_HOME": str(self.folder),
            "PREFECT__FLOW_RUN_ID": str(made["id"]),
            "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)]),
        }
        command = [sys.executable, "-m", "tests.support.eta_program", str(self._redis_port)]
        with self._log.open("wb") as log:
            process = subprocess.Popen(command, env=environment, cwd=self.folder, stderr=log)
        self._processes.append(process)
        return str(made["id"]), process

    def state(self, run: str) -> str:
        return str(self.client.get(f"/flow_runs/{run}").json()["state"]["type"])

    def tasks(self) -> list[str]:
        """Names of the task runs, as the log tells them: no service of this server keeps them."""
        return re.findall(r"Task run '(\w+)' - Finished", self._log.read_text())

    def artifacts(self, run: str) -> dict[str, str]:
        body = {"flow_runs": {"id": {"any_": [run]}}}
        answer = self.client.post("/artifacts/filter", json=body)
        found: list[dict[str, str]] = answer.raise_for_status().json()
        return {each["key"]: each["data"] for each in found}

    def close(self) -> None:
        for process in self._processes:
            process.kill()
            process.wait()
        self.client.close()


@pytest.fixture
def street(fake_redis: RedisConnection) -> Iterator["redis.Redis"]:
    with closing(client_of(fake_redis)) as client:
        client.flushdb()
        client.set("route_stops:Green-D", stops())
        client.set("vehicle:a", snapshot("a"))
        yield client
        client.flushdb()


@pytest.fixture
def runs(prefect_url: str, fake_redis: RedisConnection, tmp_path: Path) -> Iterator[Runs]:
    with closing(Runs(prefect_url, fake_redis.port, tmp_path)) as made:
        yield made


def key_of(street: "redis.Redis", vehicle: str = "a") -> str | None:
    raw: Any = street.get(f"predictions:{vehicle}")
    return json.loads(raw)["model_key"] if raw else None


def until(condition: Callable[[], bool]) -> None:
    wait_for(condition, SECONDS)


def test_so_many_iterations_are_recorded_and_profiled(runs: Runs, street: "redis.Redis") -> None:
    run, process = runs.start(iterations=2, model_key="transit-eta/1")
    assert process.wait(SECONDS) == 0
    assert runs.state(run) == "COMPLETED"
    assert key_of(street) == "transit-eta/1"
    assert runs.tasks() == TASKS * 2
    files = {path.stem: path.read_text() for path in (runs.folder / "profiling").iterdir()}
    assert sorted(files) == PROFILES
    assert all(len(text.splitlines()) == 16 for text in files.values())
    artifacts = runs.artifacts(run)
    assert sorted(artifacts) == [f"eta-runtime-{name.replace('_', '-')}" for name in PROFILES]
    assert "| max_ms |" in artifacts["eta-runtime-redis-fetch-times"]


def test_without_end_it_follows_promotions_tells_its_state_and_ends_cleanly(
    runs: Runs, street: "redis.Redis"
) -> None:
    port = free_port()
    run, process = runs.start(metrics_port=port)
    street.set("eta:settings", json.dumps({"model_key": "transit-eta/1"}))
    until(lambda: key_of(street) == "transit-eta/1")
    street.set("eta:settings", json.dumps({"model_key": "transit-eta/2"}))
    until(lambda: key_of(street) == "transit-eta/2")
    street.set("vehicle:b", b"{")
    page = f"http://127.0.0.1:{port}/metrics"
    until(lambda: 'rejected_total{reason="not_json"}' in httpx.get(page).text)
    told = httpx.get(page).text
    assert 'windlass_eta_model{model_key="transit-eta/2"} 1.0' in told
    assert "windlass_eta_predictions_total 2.0" in told
    assert 'windlass_eta_prediction_age_seconds{which="oldest"}' in told
    process.send_signal(signal.SIGTERM)
    assert process.wait(SECONDS) == 0
    until(lambda: runs.state(run) == "COMPLETED")
    # of several ticks a second those that begin a minute are recorded, if they have a model
    assert len(runs.tasks()) <= 2 * len(TASKS)


def test_one_that_is_cancelled_ends_cancelled(runs: Runs, street: "redis.Redis") -> None:
    run, process = runs.start(model_key="transit-eta/1")
    until(lambda: key_of(street) is not None)
    state = {"type": "CANCELLING", "name": "Cancelling"}
    post(runs.client, f"/flow_runs/{run}/set_state", {"state": state, "force": False})
    process.send_signal(signal.SIGTERM)
    assert process.wait(SECONDS) == 0
    until(lambda: runs.state(run) == "CANCELLED")


def test_people_are_told_of_a_failure(runs: Runs, street: "redis.Redis", prefect_url: str) -> None:
    with prefect_blocks(prefect_url) as blocks, http_sink() as sink:
        block = blocks.create("slack-webhook", {"url": sink.url})
        run, process = runs.start(
            iterations=1, model_key="transit-eta/9", notification_blocks=[block]
        )
        process.wait(SECONDS)
        until(lambda: runs.state(run) == "FAILED")
        texts = [str(received.document) for received in sink.received]
    assert len(texts) == 2
    assert "model transit-eta/9 can't be loaded" in texts[0]
    assert "the runtime failed" in texts[1]
    assert "there is no transit-eta/9" in texts[1]
