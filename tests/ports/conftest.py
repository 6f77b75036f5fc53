"""Servers and worlds that the contract suites share."""

from collections.abc import Iterator

import pytest

from tests.support.model_registries import ModelRegistries, TwinRegistries, mlflow_registries
from tests.support.postgres import mlflow_on_postgres, postgres, prefect_on_postgres
from tests.support.prefect_worlds import (
    BlockWorld,
    FlowWorld,
    TwinBlocks,
    TwinFlows,
    prefect_blocks,
    prefect_flows,
)
from tests.support.servers import mlflow_server, mlflow_url, prefect_url
from tests.support.stores import fake_redis, minio_s3, moto_s3, real_redis

__all__ = [
    "fake_redis",
    "minio_s3",
    "mlflow_on_postgres",
    "mlflow_server",
    "mlflow_url",
    "moto_s3",
    "postgres",
    "prefect_on_postgres",
    "prefect_url",
    "real_redis",
]

PREFECTS = ["prefect_url", pytest.param("prefect_on_postgres", marks=pytest.mark.real)]


@pytest.fixture(
    params=["memory", "mlflow_server", pytest.param("mlflow_on_postgres", marks=pytest.mark.real)]
)
def registries(request: pytest.FixtureRequest) -> Iterator[ModelRegistries]:
    """Registry and tracking: twin, and real MLflow."""
    if request.param == "memory":
        yield TwinRegistries()
        return
    with mlflow_registries(request.getfixturevalue(request.param)) as real:
        yield real


@pytest.fixture(params=["memory", *PREFECTS])
def flow_world(request: pytest.FixtureRequest) -> Iterator[FlowWorld]:
    """Flow runs: twin, and real Prefect."""
    if request.param == "memory":
        yield TwinFlows()
        return
    with prefect_flows(request.getfixturevalue(request.param)) as real:
        yield real


@pytest.fixture(params=["memory", *PREFECTS])
def block_world(request: pytest.FixtureRequest) -> Iterator[BlockWorld]:
    """Blocks: twin, and real Prefect."""
    if request.param == "memory":
        yield TwinBlocks()
        return
    with prefect_blocks(request.getfixturevalue(request.param)) as real:
        yield real
