"""`windlass deploy` against a real Prefect: what it writes, and what it leaves to people."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.support.prefect_worlds import PATIENT, new_name, post
from windlass.adapters.deployment_file import Concurrency, Declared, Schedule, WorkPool
from windlass.adapters.prefect_deployments import Outcome, PrefectDeployments, Wanted
from windlass.adapters.prefect_rest import prefect_rest
from windlass.adapters.rest import Rest
from windlass.bootstrap.deployments import declared_deployments
from windlass.cli import main
from windlass.domain.errors import InputError, SystemUnavailable
from windlass.flows.deploying import deploy_all

SCHEMA: dict[str, object] = {
    "title": "Parameters",
    "type": "object",
    "properties": {"depth": {"title": "depth", "type": "integer", "default": 3, "position": 0}},
}
WEEKLY = Schedule(slug="weekly", cron="0 3 * * 1", parameters={"depth": 4})


@pytest.fixture(scope="module")
def rest(prefect_url: str) -> Iterator[Rest]:
    made = prefect_rest(prefect_url, timeout=PATIENT)
    yield made
    made.close()


@pytest.fixture(scope="module")
def client(prefect_url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=prefect_url, timeout=PATIENT) as made:
        yield made


@pytest.fixture(scope="module")
def pool(client: httpx.Client) -> str:
    name = new_name()
    memory = {"type": "string", "pattern": "^[0-9]+Gi$"}
    template = {
        "job_configuration": {"memory": "{{ memory_limit }}"},
        "variables": {"type": "object", "properties": {"memory_limit": memory}},
    }
    document = {"name": name, "type": "kubernetes", "base_job_template": template}
    post(client, "/work_pools/", document)
    return name


@pytest.fixture
def declared(pool: str) -> Declared:
    return Declared(
        name="nightly",
        entrypoint="windlass.flows.tune.tune",
        description="For the test.",
        tags=("a", "b"),
        parameters={"depth": 5},
        work_pool=WorkPool(name=pool, job_variables={"memory_limit": "4Gi"}),
        schedules=(WEEKLY,),
        concurrency_limit=Concurrency(limit=2),
    )


@pytest.fixture
def wanted(declared: Declared, pool: str) -> Wanted:
    return Wanted(
        flow=new_name(), declared=declared, parameter_schema=SCHEMA, version="1", work_pool=pool
    )


def read(client: httpx.Client, wanted: Wanted) -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"/deployments/name/{wanted.name}").json()
    return found


def changed(wanted: Wanted, **changes: object) -> Wanted:
    return Wanted(
        flow=wanted.flow,
        declared=wanted.declared.model_copy(update=changes),
        parameter_schema=wanted.parameter_schema,
        version=wanted.version,
        work_pool=wanted.work_pool,
    )


def test_a_deployment_is_created_as_it_is_declared_and_again_nothing_changes(
    rest: Rest, client: httpx.Client, wanted: Wanted
) -> None:
    deployments = PrefectDeployments(rest)
    assert deployments.apply(wanted) is Outcome.CREATED
    before = read(client, wanted)
    assert before["entrypoint"] == "windlass.flows.tune.tune"
    assert (before["pull_steps"], before["path"]) == ([], None)
    assert before["work_pool_name"] == wanted.work_pool
    assert before["job_variables"] == {"memory_limit": "4Gi"}
    assert before["global_concurrency_limit"]["limit"] == 2
    assert [(s["slug"], s["active"]) for s in before["schedules"]] == [("weekly", False)]
    assert deployments.apply(wanted) is Outcome.UNCHANGED
    assert read(client, wanted) == before


@pytest.mark.parametrize(
    "changes",
    [
        {"description": "Another."},
        {"tags": ()},
        {"parameters": {}},
        {"work_pool": WorkPool(name="", job_variables={})},
        {"concurrency_limit": None},
        {"concurrency_limit": Concurrency(limit=2, collision_strategy="CANCEL_NEW")},
        {"schedules": (WEEKLY.model_copy(update={"cron": "0 4 * * *"}),)},
        {"schedules": (WEEKLY.model_copy(update={"parameters": {}}),)},
        {"schedules": (WEEKLY, Schedule(slug="daily", cron="0 5 * * *"))},
    ],
    ids=str,
)
def test_what_changed_in_the_file_is_changed_and_that_only_once(
    rest: Rest, wanted: Wanted, changes: dict[str, object]
) -> None:
    deployments = PrefectDeployments(rest)
    deployments.apply(wanted)
    assert deployments.apply(changed(wanted, **changes)) is Outcome.UPDATED
    assert deployments.apply(changed(wanted, **changes)) is Outcome.UNCHANGED


def test_what_people_did_in_the_pages_stays(
    rest: Rest, client: httpx.Client, wanted: Wanted
) -> None:
    deployments = PrefectDeployments(rest)
    deployments.apply(wanted)
    found = read(client, wanted)
    here = f"/deployments/{found['id']}"
    assert client.patch(here, json={"paused": True}).is_success
    schedule = f"{here}/schedules/{found['schedules'][0]['id']}"
    assert client.patch(schedule, json={"active": True}).is_success
    own = {"schedule": {"cron": "1 1 * * *"}, "active": True}
    assert client.post(f"{here}/schedules", json=[own]).is_success

    later = WEEKLY.model_copy(update={"cron": "0 6 * * *", "active": False})
    assert deployments.apply(changed(wanted, schedules=(later,), tags=())) is Outcome.UPDATED

    after = read(client, wanted)
    assert after["paused"]
    told = {(s["slug"], s["schedule"]["cron"], s["active"]) for s in after["schedules"]}
    assert told == {("weekly", "0 6 * * *", True), (None, "1 1 * * *", True)}


def test_job_variables_that_the_pool_refuses_are_told(rest: Rest, wanted: Wanted) -> None:
    wrong = WorkPool(name="", job_variables={"memory_limit": "much"})
    with pytest.raises(InputError, match=r"Prefect refused /deployments/: .*much"):
        PrefectDeployments(rest).apply(changed(wanted, work_pool=wrong))


def test_a_deployment_without_a_pool_is_for_a_runner(
    rest: Rest, client: httpx.Client, wanted: Wanted
) -> None:
    served = Wanted(
        flow=wanted.flow,
        declared=wanted.declared,
        parameter_schema=SCHEMA,
        version="1",
        work_pool=None,
    )
    deployments = PrefectDeployments(rest)
    assert deployments.apply(served) is Outcome.CREATED
    assert deployments.apply(served) is Outcome.UNCHANGED
    found = read(client, served)
    assert (found["work_pool_name"], found["job_variables"]) == (None, {})


def test_a_missing_pool_is_told_before_anything_is_written(
    rest: Rest, client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WINDLASS_CLUSTER__RELEASE", "crane")
    monkeypatch.setenv("WINDLASS_CLUSTER__WORK_POOL", "nobodys")
    with pytest.raises(SystemUnavailable, match="has no work pool nobodys: its worker makes it"):
        deploy_all(rest)
    assert client.get("/deployments/name/tune/trials").status_code == 404


def test_the_whole_file_goes_to_the_server_that_the_environment_names(
    prefect_url: str,
    pool: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("WINDLASS_CLUSTER__RELEASE", "crane")
    monkeypatch.setenv("WINDLASS_CLUSTER__WORK_POOL", pool)
    monkeypatch.setenv("WINDLASS_PREFECT__API_URL", prefect_url)
    said = []
    for _ in range(2):
        assert main.run(["deploy", "--wait-seconds", "60"]) == 0
        out, err = capsys.readouterr()
        assert err == f"target: Prefect at {prefect_url}\n"
        said.append([line.rpartition(": ")[2] for line in out.splitlines()])
    number = len(declared_deployments())
    assert said == [["created"] * number, ["unchanged"] * number]


def test_a_run_is_started_by_name_on_the_server_that_the_environment_names(
    prefect_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WINDLASS_PREFECT__API_URL", prefect_url)
    assert main.run(["trigger", f"{new_name()}/x"]) == 2
    assert "no deployment" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["deploy", "--wait-seconds", "1"], ["trigger", "a/b"]])
def test_a_server_that_is_not_there_is_told_after_a_bounded_time(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WINDLASS_CLUSTER__RELEASE", "crane")
    monkeypatch.setenv("WINDLASS_PREFECT__API_URL", "http://127.0.0.1:1/api")
    assert main.run(arguments) == 3
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "target: Prefect at http://127.0.0.1:1/api"
    assert lines[-1].startswith("windlass: Prefect: http://127.0.0.1:1/api did not answer")
