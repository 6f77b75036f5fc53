"""A model in production on a cluster: its promotions, routing, alias and answers."""

import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx

from tests.support.kube import CommandFailed, Document, Kube, until
from tests.support.release import Release, is_ready
from windlass.domain.names import ModelName

MODEL = ModelName("predictive-maintenance")
ENDED = frozenset(
    {"Succeeded", "Failed", "Errored", "RolledBack", "Aborted", "Superseded"},
)
STRAIGHT: dict[str, Any] = {"steps": []}
"""A rollout that needs no traffic."""
EVALUATION = {"dataset": f"s3://windlass/datasets/{MODEL}/holdout"}
GATES = [
    {"metric": "average_precision", "threshold": 0.3},
    {"metric": "average_precision", "tolerance": 0.02},
]


def promotion(name: str, version: str, **spec: Any) -> Document:
    """A manifest; what a story is not about is small and quick. None leaves a field out."""
    quick = {
        "model": MODEL,
        "candidate": {"version": version},
        "gates": GATES,
        "evaluation": EVALUATION,
        "rollout": {
            "steps": [
                {"shadow": True, "duration": "2s"},
                {"weight": 10, "duration": "5s"},
                {"weight": 50, "duration": "5s"},
            ],
            "minRequests": 20,
            "progressDeadline": "3m",
            "limits": {"errorRate": 0.01, "p99LatencyMs": 500},
        },
        "rollback": {"soak": "3s"},
    }
    return {
        "apiVersion": "windlass.dev/v1alpha1",
        "kind": "ModelPromotion",
        "metadata": {"name": name},
        "spec": {key: value for key, value in {**quick, **spec}.items() if value is not None},
    }


@dataclass(frozen=True, slots=True)
class Production:
    """One model of a release."""

    release: Release
    model: ModelName = MODEL

    def apply(self, manifest: Mapping[str, Any]) -> str:
        """Apply a promotion; returns its name."""
        self.release.kube.apply(manifest)
        return str(manifest["metadata"]["name"])

    def get(self, name: str) -> Document:
        """A promotion as it is now."""
        return self.release.kube.get("mprom", name)

    def status(self, name: str) -> Document:
        """Its status; empty before the operator saw it."""
        found: Document = self.get(name).get("status", {})
        return found

    def reached(self, name: str, *phases: str, seconds: float = 120) -> Document:
        """Status once it is in one of the phases; another end than those is a failure."""
        wanted = set(phases)

        def found() -> Document | None:
            status = self.status(name)
            phase = status.get("phase", "")
            if phase in wanted:
                return status
            assert phase not in ENDED, f"{name} {phase}: {status.get('message')}"
            return None

        try:
            return until(found, seconds, f"{' or '.join(phases)} of {name}")
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.status(name)}") from error

    def control(self, name: str, verb: str, user: str = "") -> None:
        """Ask for something as a user; empty: as the owner of the cluster."""
        kube = self.release.kube
        who = user or str(kube.whoami())
        value = f"{who} {self.get(name)['metadata']['generation']}"
        acting = ("--as", user, "--as-group", "system:authenticated") if user else ()
        kube.kubectl("annotate", "mprom", name, f"windlass.dev/{verb}={value}", *acting)

    def alias(self, alias: str = "champion") -> str:
        """Version with an alias in MLflow; empty when there is none."""
        path, asked = (
            "/api/2.0/mlflow/registered-models/alias",
            {"name": self.model, "alias": alias},
        )

        def answered() -> httpx.Response | None:
            # MLflow, or its database, may just come back
            with suppress(httpx.TransportError), self.release.mlflow() as mlflow:
                found = mlflow.get(path, params=asked)
                return found if found.status_code in (200, 400, 404) else None
            return None

        answer = until(answered, 60, "an answer of MLflow")
        found = answer.json().get("model_version", {}) if answer.status_code == 200 else {}
        return str(found.get("version", ""))

    def servers(self) -> list[Document]:
        """Pods that serve."""
        selector = f"{self.release.selector},windlass.dev/model={self.model}"
        return [
            pod
            for pod in self.release.kube.items("pods", "-l", selector)
            if not pod["metadata"].get("deletionTimestamp")
        ]

    def reports(self) -> list[Document]:
        """What every serving pod says on its admin port."""
        token = self.release.kube.secret(f"{self.release.name}-inference", "admin-token")
        found = []
        for pod in self.servers():
            with self.release.kube.forwarded(f"pod/{pod['metadata']['name']}", 8081) as url:
                headers = {"Authorization": f"Bearer {token}"}
                answer = httpx.get(f"{url}/stats", headers=headers, timeout=10)
                found.append(answer.raise_for_status().json())
        return found

    def routes(self) -> set[tuple[str, str, int]]:
        """Champion, candidate and weight that pods obey: one entry when all agree."""
        return {
            (
                (report["routing"].get("champion") or {}).get("version", ""),
                (report["routing"].get("candidate") or {}).get("version", ""),
                report["routing"].get("weight", 0),
            )
            for report in self.reports()
        }

    def predict(self, body: Mapping[str, object]) -> tuple[int, str, Document]:
        """Status, version that answered, and the answer of every pod, which must agree."""
        found = []
        for pod in self.servers():
            assert is_ready(pod), f"{pod['metadata']['name']} is not Ready"
            with self.release.kube.forwarded(f"pod/{pod['metadata']['name']}", 8080) as url:
                answer = httpx.post(f"{url}/predict", json=body, timeout=10)
                version = answer.headers.get("x-model-version", "")
                found.append((answer.status_code, version, answer.json()))
        assert len({each[:2] for each in found}) == 1, found
        return found[0]

    def serves(self, version: str, body: Mapping[str, object]) -> None:
        """Assert that alias, routing of every pod and answers are all of one version."""
        assert self.alias() == version
        assert self.routes() == {(version, "", 0)}
        code, answered, _ = self.predict(body)
        assert (code, answered) == (200, version)

    def events(self, name: str) -> list[str]:
        """Reasons of a promotion's Events, oldest first."""
        selector = f"involvedObject.name={name},involvedObject.kind=ModelPromotion"
        found = self.release.kube.items("events", "--field-selector", selector)
        found.sort(key=lambda each: (each["firstTimestamp"], each["metadata"]["name"]))
        return [each["reason"] for each in found]

    def delete_all(self) -> None:
        """Delete every promotion and wait until they are gone."""
        self.release.kube.kubectl("delete", "mprom", "--all", "--wait", seconds=120)


def delete_open(kube: Kube) -> None:
    """Delete promotions that have not ended; that takes them back."""
    names = [
        each["metadata"]["name"]
        for each in kube.items("mprom")
        if each.get("status", {}).get("phase") not in ENDED
    ]
    if names:
        kube.kubectl("delete", "mprom", *names, "--wait", seconds=120)


def journal(status: Document) -> list[str]:
    """Steps of the journal."""
    return [entry["step"] for entry in status["journal"]]


def condition(status: Document, kind: str) -> tuple[str, str]:
    """Status and reason of a condition."""
    found = next(each for each in status["conditions"] if each["type"] == kind)
    return found["status"], found["reason"]


def moment(text: str) -> float:
    """Seconds since 1970 of a time in a status."""
    return datetime.fromisoformat(text).timestamp()


def refused(act: Any, *arguments: Any) -> str:
    """Why the API server refused; one that it takes is a failure."""
    try:
        act(*arguments)
    except CommandFailed as error:
        return str(error)
    raise AssertionError("the API server takes this, and should refuse it")


def now() -> float:
    """Seconds since 1970, as statuses count them: this machine is the cluster's node."""
    return time.time()
