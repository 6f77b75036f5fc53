"""Variables in manifests ⇄ windlass.settings: each of one is found in the other."""

from collections.abc import Iterator

import pytest
from pydantic import BaseModel

from tests.support.chart_values import EXTERNAL
from tests.support.charts import Document, base_job_template, pods, render, variables
from tests.support.flow_jobs import flow_pod
from windlass.settings import Settings

PREFIX = "WINDLASS_"
NOT_GIVEN = {
    "WINDLASS_CONTEXT": "a pod is in its cluster",
    "WINDLASS_DEPLOYMENTS": "the image holds prefect.yaml",
    "WINDLASS_EMBEDDED__MLFLOW_PORT": "of the embedded platform",
    "WINDLASS_EMBEDDED__PREFECT_PORT": "of the embedded platform",
    "WINDLASS_EMBEDDED__REDIS_PORT": "of the embedded platform",
    "WINDLASS_EMBEDDED__SERVING_PORT": "of the embedded platform",
    "WINDLASS_FOLDER": "of the embedded platform",
    "WINDLASS_INFERENCE__SERVERS": "of the embedded platform",
    "WINDLASS_OBJECTS__FOLDER": "stands in for an S3",
    "WINDLASS_POSTGRESQL__DATABASE": "features, everywhere",
    "WINDLASS_POSTGRESQL__USER": "features, everywhere",
    "WINDLASS_REDIS__DATABASE": "0, everywhere",
    "WINDLASS_USER": "of people",
}
"""Fields that the chart leaves as they are, and why."""


def fields(model: type[BaseModel], prefix: str) -> Iterator[str]:
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from fields(kind, f"{prefix}{name.upper()}__")
        else:
            yield prefix + name.upper()


def given(documents: list[Document]) -> dict[str, dict[str, str]]:
    """Our variables of each container; a secret's value is the name of its key."""
    everyone = [*pods(documents), flow_pod(base_job_template(documents))]
    found = {}
    for pod in everyone:
        for container in pod.containers:
            own = {
                name: each.get("value") or _key(each)
                for name, each in variables(container).items()
                if name.startswith(PREFIX)
            }
            if own:
                found[f"{pod.owner} {container['name']}"] = own
    return found


def _key(variable: Document) -> str:
    return str(variable.get("valueFrom", {}).get("secretKeyRef", {}).get("key", ""))


def loaded(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]) -> Settings:
    with monkeypatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        return Settings()


def test_every_variable_is_a_field(documents: list[Document]) -> None:
    known = set(fields(Settings, PREFIX))
    assert {
        f"{where}: {name}"
        for where, own in given(documents).items()
        for name in own
        if name not in known
    } == set()


def test_every_container_s_variables_are_settings(
    documents: list[Document], monkeypatch: pytest.MonkeyPatch
) -> None:
    for own in given(documents).values():
        known = loaded(monkeypatch, own)
        assert known.cluster.namespace in ("harbour", "")


def test_every_field_is_given_or_not_needed(documents: list[Document]) -> None:
    somewhere = {name for own in given(documents).values() for name in own}
    everything = set(fields(Settings, PREFIX))
    assert everything - somewhere == set(NOT_GIVEN)


def test_what_a_flow_run_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    known = loaded(monkeypatch, given(render())["flow/trials prefect-job"])
    told = known.model_dump(mode="json", context={"reveal": True})
    assert {name: told[name] for name in ("cluster", "prefect", "mlflow", "objects")} == {
        "cluster": {
            "namespace": "harbour",
            "release": "crane",
            "work_pool": "windlass",
            "mlflow_bucket": "mlflow",
        },
        "prefect": {
            "api_url": "http://crane-prefect-server:4200/api",
            "ui_url": "",
            "auth": "auth-string",
        },
        "mlflow": {
            "url": "http://crane-mlflow:5000",
            "username": "admin",
            "password": "admin-password",
        },
        "objects": {
            "bucket": "windlass",
            "folder": None,
            "endpoint": "http://crane-minio:9000",
            "region": "us-east-1",
            "access_key": "access-key",
            "secret_key": "secret-key",
        },
    }


def test_external_systems_are_told_as_the_values_say(monkeypatch: pytest.MonkeyPatch) -> None:
    known = loaded(monkeypatch, given(render(EXTERNAL))["flow/trials prefect-job"])
    assert (known.redis.host, known.redis.port) == ("redis.example", 6380)
    assert (known.postgresql.host, known.postgresql.port) == ("postgresql.example", 5433)
    assert known.postgresql.ssl_mode == "verify-full"
    assert known.objects.endpoint == "https://s3.eu-central-1.amazonaws.com"
    assert known.objects.region == "eu-central-1"


def test_external_secrets_are_the_only_ones_in_use() -> None:
    found = render(EXTERNAL)
    everyone = [*pods(found), flow_pod(base_job_template(found))]
    named = {
        reference["name"]
        for pod in everyone
        for container in pod.containers
        for each in container.get("env", ())
        if (reference := each.get("valueFrom", {}).get("secretKeyRef"))
    }
    assert named == {
        "given-inference",
        "given-mlflow",
        "given-objects",
        "given-postgresql",
        "given-prefect",
        "given-redis",
    }
