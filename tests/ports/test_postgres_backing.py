"""That MLflow and Prefect "on PostgreSQL" really keep what they are told in PostgreSQL."""

import pytest

from tests.support.model_registries import mlflow_registries, new_model, train
from tests.support.postgres import Postgres
from tests.support.prefect_worlds import new_name, prefect_flows
from tests.support.servers import MlflowServer
from windlass.domain.names import Alias, Version

pytestmark = pytest.mark.real

CHAMPION = Alias("champion")


def test_a_registered_version_with_its_alias_lies_in_postgres(
    postgres: Postgres, mlflow_on_postgres: MlflowServer
) -> None:
    model = new_model()
    with mlflow_registries(mlflow_on_postgres) as registries:
        trained = train(registries, model, f1=0.75)
        registries.registry.set_alias(model, CHAMPION, trained.version)
        registries.registry.hold(model, trained.version, "rolled back")
        found = registries.registry.version(model, Version("1"))
    assert found is not None
    assert (found.metrics, found.held) == ({"f1": 0.75}, "rolled back")
    aliases = f"SELECT alias, version FROM registered_model_aliases WHERE name = '{model}'"
    assert postgres.query("mlflow", aliases) == [("champion", 1)]


def test_a_started_flow_run_lies_in_postgres(postgres: Postgres, prefect_on_postgres: str) -> None:
    key, flow = new_name(), new_name()
    with prefect_flows(prefect_on_postgres) as world:
        world.deploy(f"{flow}/score-versions")
        run = world.flows.start(f"{flow}/score-versions", key, {"dataset": "s3://windlass/x"})
    runs = f"SELECT id FROM flow_run WHERE idempotency_key = '{key}'"
    assert [str(row[0]) for row in postgres.query("prefect", runs)] == [run.id]
