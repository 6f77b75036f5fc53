"""A release from its installation to its end, as its users see it. The stories go in this order."""

import json
from contextlib import suppress
from typing import Any

import httpx
import pytest
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from tests.support.kube import until
from tests.support.release import TRAINING, Release, created, ended, is_ready

pytestmark = pytest.mark.e2e

PREFECT = Subprotocol("prefect")
SMALL = {"n_trials": 2, "folds": 2, "iterations": 60}


def test_everything_is_ready_and_restricted(windlass: Release) -> None:
    pods = windlass.kube.items("pods", "-l", windlass.selector)
    running = {pod["metadata"]["labels"]["app.kubernetes.io/name"] for pod in pods}
    assert {
        "prefect-server",
        "prefect-worker",
        "mlflow",
        "minio",
        "redis",
        "postgresql",
    } <= running
    assert all(is_ready(pod) for pod in pods if pod["status"]["phase"] == "Running")


def test_helm_test_proves_it(windlass: Release) -> None:
    said = windlass.kube.helm("test", windlass.name, "--logs", "--timeout", "5m")
    for system in ("PostgreSQL", "Prefect", "Kubernetes", "MLflow", "object store", "Redis"):
        assert f"{system}: " in said


class TestCredentials:
    """Without them nothing is told but health."""

    # MLflow's clients ask server-info before they log in; it names no experiment, model or user
    OPEN = frozenset(
        {
            "/api/health",
            "/api/ready",
            "/health",
            "/api/3.0/mlflow/server-info",
            "/ajax-api/3.0/mlflow/server-info",
        }
    )

    def test_every_path_of_prefect_refuses(self, windlass: Release) -> None:
        with windlass.kube.forwarded(f"svc/{windlass.name}-prefect-server", 4200) as url:
            with windlass.prefect() as known:
                paths = known.get(f"{url}/openapi.json").raise_for_status().json()["paths"]
            calls = {
                (f"/api/{path.removeprefix('/api').lstrip('/')}", method)
                for path, methods in paths.items()
                for method in methods
            }
            assert len(calls) > 150
            assert _open_to_all(url, calls) <= self.OPEN

    def test_the_websockets_of_prefect_refuse(self, windlass: Release) -> None:
        with windlass.kube.forwarded(f"svc/{windlass.name}-prefect-server", 4200) as url:
            address = url.replace("http://", "ws://")
            for path in ("/api/events/in", "/api/events/out", "/api/logs/out"):
                assert "auth_success" not in _told_to_a_stranger(address + path)

    def test_every_path_of_mlflow_refuses(self, windlass: Release) -> None:
        program = (
            "import json; from mlflow.server.handlers import get_endpoints;"
            " print(json.dumps([[p, m] for p, _, ms in get_endpoints() for m in ms]))"
        )
        said = windlass.kube.execute(f"deploy/{windlass.name}-mlflow", "python", "-c", program)
        calls = {(path, method) for path, method in json.loads(said.splitlines()[-1])}
        assert len(calls) > 100
        with windlass.kube.forwarded(f"svc/{windlass.name}-mlflow", 5000) as url:
            with windlass.mlflow() as known:
                answer = known.get(f"{url}/openapi.json")
            described = answer.json()["paths"] if answer.is_success else {}
            calls |= {(path, method) for path, methods in described.items() for method in methods}
            assert _open_to_all(url, calls) <= self.OPEN


@pytest.fixture(scope="module")
def flow_run(prefect: httpx.Client) -> str:
    """A small training."""
    parameters = {"source": "synthetic", "parameters": SMALL}
    return created(prefect, TRAINING, parameters=parameters)


class TestTraining:
    """A training run is a Job pod; what it makes is where promotions look for it."""

    def test_its_pod_is_restricted_and_holds_no_secret(
        self, windlass: Release, flow_run: str
    ) -> None:
        selector = f"prefect.io/flow-run-id={flow_run}"
        [job] = until(
            lambda: windlass.kube.items("jobs", "-l", selector), 60, f"the Job of {flow_run}"
        )
        spec = job["spec"]
        assert spec["backoffLimit"] == 0
        assert spec["ttlSecondsAfterFinished"] > 0
        assert spec["activeDeadlineSeconds"] > 0
        pod = spec["template"]["spec"]
        [container] = pod["containers"]
        assert pod["automountServiceAccountToken"] is False
        assert container["securityContext"]["readOnlyRootFilesystem"] is True
        assert container["resources"]["limits"].keys() == {"cpu", "memory"}
        for secret in windlass.kube.items("secrets", "-l", windlass.selector):
            for key in secret["data"]:
                value = windlass.kube.secret(secret["metadata"]["name"], key)
                # the name of a user is no secret
                assert len(value) < 20 or value not in json.dumps(job)

    def test_it_registers_a_version_whose_bundle_is_in_the_object_store(
        self, windlass: Release, prefect: httpx.Client, flow_run: str
    ) -> None:
        state = ended(prefect, flow_run, 300)
        assert state["type"] == "COMPLETED", state["message"]
        with windlass.mlflow() as mlflow:
            version = _aliased(mlflow, "predictive-maintenance", "challenger")
        digest = _tags(version)["windlass.bundle_digest"].removeprefix("sha256:")
        assert _objects(windlass, f"bundles/sha256/{digest}/")


def _aliased(mlflow: httpx.Client, model: str, alias: str) -> dict[str, Any]:
    answer = mlflow.get(
        "/api/2.0/mlflow/registered-models/alias", params={"name": model, "alias": alias}
    )
    found: dict[str, Any] = answer.raise_for_status().json()["model_version"]
    return found


def _tags(version: dict[str, Any]) -> dict[str, str]:
    return {tag["key"]: tag["value"] for tag in version["tags"]}


def _objects(windlass: Release, prefix: str) -> list[str]:
    """Keys in the bucket, asked from inside the cluster."""
    program = (
        "from windlass.bootstrap.clients import open_objects\n"
        "from windlass.bootstrap.environment import settings\n"
        "with open_objects(settings().objects) as objects:\n"
        f"    print(*(found.key for found in objects.list({prefix!r})), sep='\\n')"
    )
    target = f"deploy/{windlass.name}-prefect-worker -c keeper"
    return windlass.kube.execute(target, "python", "-c", program).split()


def _told_to_a_stranger(address: str) -> set[str]:
    """Types of the messages that a websocket sends to a wrong password until it closes."""
    told: set[str] = set()
    with suppress(WebSocketException), connect(address, subprotocols=[PREFECT]) as stranger:
        stranger.send(json.dumps({"type": "auth", "token": "guessed"}))
        while True:
            told.add(json.loads(stranger.recv(timeout=10))["type"])
    return told


def _open_to_all(url: str, calls: set[tuple[str, str]]) -> set[str]:
    """Paths that answer a stranger anything but a refusal."""
    with httpx.Client(base_url=url, timeout=10) as stranger:
        return {
            path
            for path, method in calls
            if stranger.request(method, _filled(path)).status_code not in (401, 403)
        }


def _filled(path: str) -> str:
    """A path with something in place of its parameters."""
    parts = [
        "00000000-0000-0000-0000-000000000000" if part[:1] in ("{", "<") else part
        for part in path.split("/")
    ]
    return "/".join(parts)
