"""Combinations that can't work are refused, and the refusal says what to do."""

from typing import Any

import pytest

from tests.support.charts import manifests, refusal

REDIS = {"host": "redis.example", "existingSecret": "given"}
OBJECTS = {"endpoint": "https://s3.example", "existingSecret": "given"}
OFF = {"enabled": False}

REFUSALS: dict[str, tuple[dict[str, Any], str]] = {
    "a PostgreSQL of one's own beside the bundled one": (
        {"global": {"postgresql": {"host": "db.example", "existingSecret": "given"}}},
        'global.postgresql.host is "db.example" and postgresql.enabled is true:'
        " set postgresql.enabled=false to use yours, or empty the host to use the bundled one",
    ),
    "no PostgreSQL": (
        {"postgresql": OFF},
        "postgresql.enabled is false and there is no other:"
        " give global.postgresql.host and global.postgresql.existingSecret",
    ),
    "a PostgreSQL without its password": (
        {"global": {"postgresql": {"host": "db.example"}}, "postgresql": OFF},
        "its password is unknown: give global.postgresql.existingSecret",
    ),
    "a Redis of one's own beside the bundled one": (
        {"global": {"redis": REDIS}},
        "set redis.enabled=false to use yours, or empty the host to use the bundled one",
    ),
    "no Redis": ({"redis": OFF}, "give global.redis.host and global.redis.existingSecret"),
    "a Redis without its password": (
        {"global": {"redis": {"host": "redis.example"}}, "redis": OFF},
        "its password is unknown: give global.redis.existingSecret",
    ),
    "an S3 of one's own beside MinIO": (
        {"global": {"objects": OBJECTS}},
        "set minio.enabled=false to use yours, or empty the endpoint to use the bundled MinIO",
    ),
    "no S3": (
        {"minio": OFF},
        "give global.objects.endpoint and global.objects.existingSecret",
    ),
    "an S3 without its keys": (
        {"global": {"objects": {"endpoint": "https://s3.example"}}, "minio": OFF},
        "give global.objects.existingSecret, with access-key and secret-key",
    ),
    "an S3 address with a path": (
        {"global": {"objects": {**OBJECTS, "endpoint": "https://s3.example/b"}}, "minio": OFF},
        "it looks like https://host or http://host:9000, without a path",
    ),
    "an S3 address without a scheme": (
        {"global": {"objects": {**OBJECTS, "endpoint": "s3.example:9000"}}, "minio": OFF},
        "it looks like https://host or http://host:9000, without a path",
    ),
    "one bucket for two": (
        {"global": {"objects": {"bucket": "one-bucket", "mlflowBucket": "one-bucket"}}},
        'are both "one-bucket": name two',
    ),
    "the tag latest": (
        {"global": {"image": {"tag": "latest"}}},
        "image localhost/windlass needs a full tag or a digest",
    ),
    "no tag": (
        {"redis": {"image": {"tag": ""}}},
        "image docker.io/library/redis needs a full tag or a digest",
    ),
    "an Ingress whose controller is kept out": (
        {"prefect-server": {"ingress": {"enabled": True, "host": "prefect.example"}}},
        "prefect-server.ingress.enabled is true and networkPolicy.ingressFrom is empty,"
        " so the Ingress controller would not reach it: give the labels of its namespace",
    ),
    "a model served twice": (
        {"inference": {"models": [{"name": "pumps"}, {"name": "fans"}, {"name": "pumps"}]}},
        'inference.models names "pumps" twice: one entry serves a model',
    ),
    "a registered model served twice": (
        {
            "inference": {
                "models": [
                    {"name": "small", "registeredModel": "eta"},
                    {"name": "big", "registeredModel": "eta"},
                ]
            }
        },
        'inference.models names "eta" twice: one entry serves a model',
    ),
    "fewer pods at most than at least": (
        {
            "inference": {
                "models": [{"name": "eta", "autoscaling": {"enabled": True, "maxReplicas": 1}}]
            }
        },
        'autoscaling of "eta" has minReplicas 2 and maxReplicas 1: give maxReplicas',
    ),
    "an Ingress without a host": (
        {"mlflow": {"ingress": {"enabled": True}}, "networkPolicy": {"enabled": False}},
        "mlflow.ingress.host is empty: name the host that shall lead to it",
    ),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_it_is_refused_with_advice(name: str) -> None:
    values, advice = REFUSALS[name]
    assert advice in refusal(values)


def test_a_long_release_name_is_refused_with_advice() -> None:
    assert "choose a shorter one" in refusal(release="a" * 41)


def test_the_longest_release_name_gives_names_that_kubernetes_takes() -> None:
    assert "name: " + "a" * 40 + "-prefect-worker\n" in manifests(release="a" * 40)
