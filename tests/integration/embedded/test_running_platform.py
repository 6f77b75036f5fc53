"""A platform while it runs, and, at last, what the next one makes of it when it is killed."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from tests.support.plant import Watched, trained
from tests.support.platforms import Platform, descendants, is_alive, kill, platform
from tests.support.processes import wait_for
from windlass.bootstrap.deployments import declared_deployments
from windlass.bootstrap.folder import EMBEDDED_NAMESPACE
from windlass.bootstrap.ports import embedded_ports, records
from windlass.domain.names import ModelName
from windlass.domain.promotion.promotion import PromotionKey
from windlass.domain.promotion.status import Phase
from windlass.ports.objects import Objects
from windlass.ports.registry import Registry, Tracking
from windlass.services.audit import history_of
from windlass.services.training import TrainingPorts, record, register, store

NAMES = ["prefect", "mlflow", "redis", "flows", "inference-predictive-maintenance"]


PROMOTION = """
apiVersion: windlass.dev/v1alpha1
kind: ModelPromotion
metadata: {name: first}
spec:
  model: predictive-maintenance
  candidate: {alias: challenger}
  evaluation: {dataset: s3://windlass/datasets/predictive-maintenance/holdout}
  rollback: {soak: 1s}
"""


SCHEDULED = "milk-price/monthly-train-job"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """A platform with a schedule switched on: Prefect looks at schedules once a minute."""
    with platform(tmp_path_factory.mktemp("running") / ".windlass") as made:
        with prefect_of(made) as prefect:
            deployment = patiently(lambda: prefect.get(f"/deployments/name/{SCHEDULED}"))
            [monthly] = deployment["schedules"]
            place = f"/deployments/{deployment['id']}/schedules/{monthly['id']}"
            patiently(lambda: prefect.patch(place, json={"active": True}))
        yield made


def prefect_of(platform: Platform) -> httpx.Client:
    return httpx.Client(base_url=platform.record().connections.prefect.api_url, timeout=30)


def patiently(call: Callable[[], httpx.Response]) -> Any:
    """Body of an answer; Prefect says 503 while SQLite is busy."""
    answers: list[httpx.Response] = []

    def answered() -> bool:
        answers.append(call())
        return answers[-1].status_code != 503

    wait_for(answered, 30)
    answer = answers[-1].raise_for_status()
    return answer.json() if answer.content else None


def test_status_shows_that_everything_answers(running: Platform) -> None:
    said = running.windlass("status")
    assert said.code == 0
    assert [line.split()[:2] for line in said.out.splitlines()[3:]] == [[n, "ok"] for n in NAMES]


def test_a_second_platform_in_the_folder_is_told_who_runs(running: Platform) -> None:
    for arguments in (["up"], ["up", "--detach"]):
        said = running.windlass(*arguments)
        assert (said.code, said.out) == (2, "")
        assert said.err.startswith("windlass: a platform runs in ")
        assert said.err.count("\n") == 1


def test_a_port_in_use_is_one_line(running: Platform) -> None:
    port = urlsplit(running.record().connections.mlflow.url).port
    other = Platform(running.folder.parent / "other")
    for detach in ([], ["--detach"]):
        said = other.windlass("up", f"--mlflow-port={port}", *detach)
        assert said.code == 2
        assert said.err == (
            f"windlass: port {port} on 127.0.0.1 is in use: choose another with --mlflow-port,"
            " or leave that out for a free one\n"
        )


def test_every_system_can_be_worked_with(running: Platform) -> None:
    with closing(embedded_ports(running.folder)) as ports:
        ports.outside.keyvalue.write("milk:settings", "model_key", "milk-price/1")
        assert ports.outside.keyvalue.read("milk:settings", "model_key") == "milk-price/1"
        assert ports.outside.registry.versions(ModelName("milk-price")) == ()
        assert ports.outside.flows.find("score-versions/score-versions", "no such key") is None
        assert ports.outside.serving.served(ModelName("predictive-maintenance"))
        reports = ports.outside.serving.reports(ModelName("predictive-maintenance"))
        assert [report.champion_loaded for report in reports] == [None]


def test_flows_run_when_they_are_triggered(running: Platform) -> None:
    said = running.windlass(
        "trigger",
        "score-versions/score-versions",
        *("--param", "model=predictive-maintenance", "--param", 'candidate="1"'),
        *("--param", "champion=null", "--param", "dataset=s3://windlass/nowhere"),
        *("--param", "key=k", "--wait"),
    )
    assert said.code == 1
    assert said.err.splitlines()[-1].startswith("Failed ")
    assert "there is no dataset at s3://windlass/nowhere" in said.err


def test_a_flow_can_use_every_system(running: Platform) -> None:
    said = running.windlass("trigger", "platform-check/platform-check", "--wait")
    assert said.code == 0, said.err
    flow_run = said.out.split()[0]
    with closing(embedded_ports(running.folder)) as ports:
        assert ports.outside.objects.get(f"checks/{flow_run}") is not None
        text = ports.outside.keyvalue.read(f"windlass:check:{flow_run}", "text")
        assert text == f"flow run {flow_run} was here\n"


def test_a_platform_has_all_deployments_and_deploying_again_changes_nothing(
    running: Platform,
) -> None:
    said = running.windlass("deploy")
    assert said.code == 0, said.err
    told = [line.rpartition("/")[2] for line in said.out.splitlines()]
    assert told == [f"{declared.name}: unchanged" for declared in declared_deployments()]


def test_a_killed_child_is_started_again(running: Platform) -> None:
    redis = next(one for one in running.record().processes if one.name == "redis")
    for pid in descendants(redis.pid):
        kill(pid)
    wait_for(
        lambda: (
            running.record().processes[2].pid not in (0, redis.pid) and running.health()["redis"]
        ),
        60,
    )
    log = (running.folder / "logs" / "supervisor.log").read_text()
    assert "redis ended with exit code 137; starting it again in 0.5 s" in log


def test_a_schedule_that_is_switched_on_has_made_runs(running: Platform) -> None:
    name = SCHEDULED.rpartition("/")[2]
    wanted = {"deployments": {"name": {"any_": [name]}}}
    with prefect_of(running) as prefect:

        def states() -> set[str]:
            runs = patiently(lambda: prefect.post("/flow_runs/filter", json=wanted))
            return {run["state"]["type"] for run in runs}

        wait_for(lambda: bool(states()), 90)
        assert states() == {"SCHEDULED"}


def test_a_system_that_does_not_answer_is_told_in_one_line(running: Platform) -> None:
    mlflow = next(one for one in running.record().processes if one.name == "mlflow")
    [server] = descendants(mlflow.pid)
    os.kill(server, signal.SIGSTOP)
    try:
        said = running.windlass("evaluate", "predictive-maintenance", "--data", str(Path.cwd()))
    finally:
        os.kill(server, signal.SIGCONT)
    assert said.code == 3
    [target, fault] = said.err.splitlines()
    assert target.startswith("target: the embedded platform in ")
    assert fault.startswith("windlass: MLflow: http://127.0.0.1:")
    assert "did not answer" in fault


@pytest.mark.real  # half a minute of two cores, which make test needs elsewhere
def test_nothing_outlives_a_killed_platform_and_the_next_one_goes_on(running: Platform) -> None:
    manifest = running.folder.parent / "promotion.yaml"
    manifest.write_text(PROMOTION)
    first = running.record()
    with closing(embedded_ports(running.folder)) as ports:
        registered(ports.outside.objects, ports.outside.registry, ports.tracking)
    assert running.windlass("promote", f"--file={manifest}").code == 0
    wait_for(lambda: phase(running) is Phase.EVALUATING, 20)

    children = descendants(first.pid)
    assert len(children) >= 10
    kill(first.pid)
    assert running.windlass("status").code == 3
    wait_for(lambda: not any(map(is_alive, children)), 20)
    assert phase(running) is Phase.EVALUATING

    running.up()
    second = running.record()
    assert second.connections.prefect == first.connections.prefect
    assert all(running.health().values())
    said = running.windlass("promote", f"--file={manifest}", "--wait", seconds=120)
    assert (said.code, said.out.split()[:2]) == (0, ["first", "Succeeded:"]), said.err
    assert journal(running).count("SetAlias") == 1

    children = descendants(second.pid)
    assert running.windlass("down").code == 0
    wait_for(lambda: not any(map(is_alive, [second.pid, *children])), 5)


def registered(objects: Objects, registry: Registry, tracking: Tracking) -> None:
    """Have a challenger, as a training leaves it."""
    ports = TrainingPorts(objects=objects, registry=registry, tracking=tracking, progress=Watched())
    version = trained()
    store(objects, version, publish_holdout=True)
    register(ports, version, record(tracking, version))


def phase(platform: Platform) -> Phase:
    with closing(records(platform.folder)) as found:
        promotion = found.promotions.get(PromotionKey(EMBEDDED_NAMESPACE, "first"))
    assert promotion is not None
    return promotion.status.phase


def journal(platform: Platform) -> list[str]:
    with closing(records(platform.folder)) as found:
        promotion = found.promotions.get(PromotionKey(EMBEDDED_NAMESPACE, "first"))
        assert promotion is not None
        return [entry.step for entry in history_of(found.objects, promotion)]
