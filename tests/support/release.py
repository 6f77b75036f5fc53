"""An installed release, and how tests talk to its systems."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from redis import Redis

from tests.support.kube import CommandFailed, Document, Kube, until
from windlass.bootstrap.systems import Systems, opened
from windlass.settings import Connections

ROOT = Path(__file__).parents[2]
CHART = ROOT / "charts" / "windlass"

TRAINING = "predictive-maintenance/predictive-maintenance"
CHECK = "platform-check/platform-check"

TERMINAL = frozenset({"COMPLETED", "FAILED", "CRASHED", "CANCELLED"})


@contextmanager
def namespaced(kubeconfig: Path, name: str) -> Iterator[Kube]:
    """A fresh namespace under the rules of `restricted`, gone afterwards."""
    kube = Kube(kubeconfig, name)
    kube.kubectl("delete", "namespace", name, "--ignore-not-found", "--wait", seconds=180)
    kube.apply(
        {
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {
                "name": name,
                "labels": {"pod-security.kubernetes.io/enforce": "restricted"},
            },
        }
    )
    try:
        yield kube
    finally:
        kube.kubectl("delete", "namespace", name, "--ignore-not-found", "--wait", seconds=180)


@dataclass(frozen=True, slots=True)
class Release:
    """A release in a namespace."""

    kube: Kube
    name: str
    tag: str
    """Of the image."""
    options: tuple[str, ...] = ()
    """Of helm, at each installation and upgrade."""

    def install(self, *options: str, chart: Path = CHART, image: str = "") -> None:
        """Install or upgrade; `image` in place of this tree's."""
        repository, _, tag = (image or f"localhost/windlass:{self.tag}").rpartition(":")
        values = {"global.image.repository": repository, "global.image.tag": tag}
        values["minio.image.tag"] = "dev"
        for part in ("redis", "postgresql"):
            values[f"{part}.image.repository"] = f"localhost/windlass-{part}"
            values[f"{part}.image.tag"] = "dev"
        command = ["upgrade", "--install", self.name, str(chart), "--timeout", "8m"]
        # the custom resource outlives the release that brought it
        command += ["--take-ownership"]
        command += [*self.options, *options]
        for key, value in values.items():
            command += ["--set-string", f"{key}={value}"]
        try:
            self.kube.helm(*command)
        except CommandFailed as error:
            raise AssertionError(f"{error}\n{self.story()}") from error

    def ready(self, seconds: float = 300) -> None:
        """Wait until every Deployment and StatefulSet is Ready."""
        until(self._is_ready, seconds, f"readiness of {self.name}")

    def _is_ready(self) -> bool:
        owners = self.kube.items("deployments,statefulsets", "-l", self.selector)
        return bool(owners) and all(
            each["status"].get("readyReplicas") == each["spec"]["replicas"]
            and each["status"].get("observedGeneration") == each["metadata"]["generation"]
            and each["status"].get("updatedReplicas") == each["spec"]["replicas"]
            for each in owners
        )

    @property
    def selector(self) -> str:
        """Label of everything that belongs to it."""
        return f"app.kubernetes.io/instance={self.name}"

    def pods(self, component: str) -> list[Document]:
        """The pods of a component that are meant to stay."""
        selector = f"{self.selector},app.kubernetes.io/name={component}"
        found = self.kube.items("pods", "-l", selector)
        return [pod for pod in found if not pod["metadata"].get("deletionTimestamp")]

    def pod(self, component: str) -> Document:
        """The pod of a component."""
        [found] = self.pods(component)
        return found

    def is_up(self, component: str) -> bool:
        """Whether the pod of a component is Ready."""
        return is_ready(self.pod(component))

    def flow_pods(self, flow_run: str) -> list[Document]:
        """Pods of a flow run."""
        return self.kube.items("pods", "-l", f"prefect.io/flow-run-id={flow_run}")

    def cli(self, *arguments: str, seconds: float = 300) -> str:
        """Output of the windlass command, run inside the cluster."""
        target = f"deploy/{self.name}-prefect-worker -c keeper"
        return self.kube.execute(target, "windlass", *arguments, seconds=seconds)

    @contextmanager
    def prefect(self) -> Iterator[httpx.Client]:
        """Client of Prefect's API."""
        user, _, password = self.kube.secret(f"{self.name}-prefect", "auth-string").partition(":")
        with (
            self.kube.forwarded(f"svc/{self.name}-prefect-server", 4200) as url,
            httpx.Client(base_url=f"{url}/api", auth=(user, password), timeout=30) as client,
        ):
            yield client

    @contextmanager
    def mlflow(self) -> Iterator[httpx.Client]:
        """Client of MLflow's API."""
        password = self.kube.secret(f"{self.name}-mlflow", "admin-password")
        with (
            self.kube.forwarded(f"svc/{self.name}-mlflow", 5000) as url,
            httpx.Client(base_url=url, auth=("admin", password), timeout=30) as client,
        ):
            yield client

    @contextmanager
    def redis(self) -> Iterator[Redis]:
        """Client of its Redis."""
        password = self.kube.secret(f"{self.name}-redis", "password")
        with (
            self.kube.forwarded(f"svc/{self.name}-redis", 6379) as url,
            Redis.from_url(f"redis://{url.removeprefix('http://')}", password=password) as client,
        ):
            yield client

    @contextmanager
    def systems(self) -> Iterator[Systems]:
        """Its object store and MLflow, as training uses them."""
        kube, name = self.kube, self.name
        with (
            kube.forwarded(f"svc/{name}-mlflow", 5000) as mlflow,
            kube.forwarded(f"svc/{name}-minio", 9000) as minio,
        ):
            where = {
                "mlflow": {
                    "url": mlflow,
                    "username": "admin",
                    "password": kube.secret(f"{name}-mlflow", "admin-password"),
                },
                "objects": {
                    "endpoint": minio,
                    "access_key": kube.secret(f"{name}-objects", "access-key"),
                    "secret_key": kube.secret(f"{name}-objects", "secret-key"),
                },
            }
            with opened(Connections.model_validate(where)) as found:
                yield found

    def story(self) -> str:
        """What the pods say: for the report of a failure."""
        listed = ["kubectl", "--kubeconfig", str(self.kube.kubeconfig), "-n", self.kube.namespace]
        parts = [
            [*listed, "get", "pods,jobs,pvc", "-o", "wide"],
            [*listed, "get", "events", "--sort-by=.lastTimestamp"],
            [*listed, "logs", "-l", self.selector, "--all-containers", "--prefix", "--tail", "15"],
        ]
        return "\n".join(
            subprocess.run(part, capture_output=True, text=True, check=False).stdout[-6000:]
            for part in parts
        )


def is_ready(pod: Document) -> bool:
    """Whether a pod is Ready."""
    conditions = pod["status"].get("conditions", ())
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)


def created(prefect: httpx.Client, deployment: str, **body: Any) -> str:
    """Create a flow run of a deployment; its id."""
    found = prefect.get(f"/deployments/name/{deployment}").raise_for_status().json()
    answer = prefect.post(f"/deployments/{found['id']}/create_flow_run", json=body)
    return str(answer.raise_for_status().json()["id"])


def state_of(prefect: httpx.Client, flow_run: str) -> dict[str, Any]:
    """State of a flow run: type, name, message."""
    found: dict[str, Any] = prefect.get(f"/flow_runs/{flow_run}").raise_for_status().json()
    return dict(found["state"])


def ended(prefect: httpx.Client, flow_run: str, seconds: float) -> dict[str, Any]:
    """State of a flow run once it is terminal."""

    def terminal() -> dict[str, Any] | None:
        state = state_of(prefect, flow_run)
        return state if state["type"] in TERMINAL else None

    return until(terminal, seconds, f"the end of flow run {flow_run}")


def reached(prefect: httpx.Client, flow_run: str, kind: str, seconds: float) -> None:
    """Wait for a state."""
    until(lambda: state_of(prefect, flow_run)["type"] == kind, seconds, f"{kind} of {flow_run}")
