"""Under which names MLflow may be asked: it compares the Host header exactly, port included."""

from typing import Any

import pytest

from tests.support.charts import of_kind, pods, render, variables

OWN = [
    "localhost",
    "localhost:*",
    "127.0.0.1",
    "127.0.0.1:*",
    "crane-mlflow",
    "crane-mlflow:*",
    "crane-mlflow.harbour",
    "crane-mlflow.harbour:*",
    "crane-mlflow.harbour.svc",
    "crane-mlflow.harbour.svc:*",
    "crane-mlflow.harbour.svc.cluster.local",
    "crane-mlflow.harbour.svc.cluster.local:*",
]
INGRESS = {"enabled": True, "host": "mlflow.example"}


@pytest.mark.parametrize(
    ("values", "more"),
    [
        ({}, []),
        ({"allowedHosts": ["a.example", "b.example:8443"]}, ["a.example", "b.example:8443"]),
        ({"ingress": INGRESS}, ["mlflow.example", "mlflow.example:*"]),
        ({"ingress": {**INGRESS, "enabled": False}}, []),
        (
            {"ingress": INGRESS, "allowedHosts": ["a.example"]},
            ["mlflow.example", "mlflow.example:*", "a.example"],
        ),
    ],
)
def test_allowed_hosts(values: dict[str, Any], more: list[str]) -> None:
    found = render({"mlflow": values, "networkPolicy": {"enabled": False}})
    [server] = [
        each for pod in pods(found) if pod.owner == "Deployment/mlflow" for each in pod.containers
    ][1:]
    told = variables(server)["MLFLOW_SERVER_ALLOWED_HOSTS"]["value"]
    assert told.split(",") == OWN + more


def test_the_address_that_everyone_is_told_is_an_allowed_one() -> None:
    service = of_kind(render(), "Service")["mlflow"]["metadata"]["name"]
    assert service in OWN
    assert f"{service}:*" in OWN
