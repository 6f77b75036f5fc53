"""What the children of a platform are told."""

from collections.abc import Mapping
from pathlib import Path

from windlass.bootstrap.folder import Folder
from windlass.embedded.plans import (
    Addresses,
    Site,
    flows_plan,
    inference_plan,
    mlflow_plan,
    prefect_plan,
    redis_plan,
)

ADDRESSES = Addresses(prefect=4200, mlflow=5000, redis=6379)


def site() -> Site:
    def environment(own: Mapping[str, str]) -> dict[str, str]:
        return {"PATH": "/bin", **own}

    return Site(folder=Folder(Path("/state")), environment=environment)


def test_prefect_keeps_its_state_in_our_folder_and_its_pages_find_its_api() -> None:
    plan = prefect_plan(site(), ADDRESSES)
    assert plan.environment["PREFECT_HOME"] == "/state/prefect"
    assert plan.environment["PREFECT_UI_API_URL"] == "http://127.0.0.1:4200/api"
    assert plan.environment["PREFECT_SERVER_UI_ENABLED"] == "true"
    assert plan.health == "http://127.0.0.1:4200/api/health"


def test_the_flow_runner_is_ready_when_it_has_written_its_sign() -> None:
    plan = flows_plan(site(), ADDRESSES)
    assert plan.environment["PREFECT_API_URL"] == "http://127.0.0.1:4200/api"
    assert plan.health == "file:///state/signs/flows"
    assert plan.command[-1] == "/state/signs/flows"


def test_servers_listen_where_they_are_looked_for() -> None:
    plans = [
        mlflow_plan(site(), ADDRESSES),
        redis_plan(site(), ADDRESSES),
        inference_plan(site(), "milk-price", 8080, 8081),
    ]
    assert [plan.url for plan in plans] == [
        "http://127.0.0.1:5000",
        "redis://127.0.0.1:6379",
        "http://127.0.0.1:8080",
    ]
    assert [plan.command[-1] for plan in plans] == ["5000", "6379", "8081"]
    assert plans[2].log == Path("/state/logs/inference-milk-price.log")


def test_every_child_inherits_the_given_environment() -> None:
    everything = (prefect_plan, mlflow_plan, redis_plan, flows_plan)
    assert {plan(site(), ADDRESSES).environment["PATH"] for plan in everything} == {"/bin"}
