"""`prefect.yaml` is the one list of deployments: valid for Prefect too, and true."""

import re
from importlib.metadata import version
from pathlib import Path

import pytest
import yaml
from prefect.cli.deploy._models import PrefectYamlModel

from windlass.adapters.deployment_file import Declared, read_deployments
from windlass.bootstrap.deployments import (
    declared_deployments,
    deployments_file,
    filled,
    training_deployment,
)
from windlass.domain.errors import InputError
from windlass.flows.deploying import flow_of, served_deployment
from windlass.services.fanout import DEPLOYMENT
from windlass.settings import ClusterSettings

ALL = declared_deployments()
ENTRY = """
name: x
prefect-version: 3.8.8
pull: []
deployments:
  - {name: a, entrypoint: windlass.flows.tune.tune, description: d, work_pool: {name: windlass}}
"""


def name_of(declared: Declared) -> str:
    return f"{flow_of(declared).name}/{declared.name}"


def test_every_deployment_is_there_by_name() -> None:
    assert {name_of(declared) for declared in ALL} == {
        "score-versions/score-versions",
        "predictive-maintenance/predictive-maintenance",
        "milk-price/monthly-train-job",
        "milk-price/daily-test-job",
        "dm4ml_recommendation_pipeline/recommender",
        "platform-check/platform-check",
        "prefect-eta-runtime/eta-runtime",
        "model-promotion/model-promotion",
        "model-training/model-training",
        "dataset-build/dataset-build",
        "model-evaluation/model-evaluation",
        "registry-health-check/registry-health-check",
        "drift-report/drift-report",
        DEPLOYMENT,
    }


def test_prefects_own_reader_takes_the_file_and_pulls_nothing() -> None:
    document = yaml.safe_load(deployments_file().read_text())
    model = PrefectYamlModel.model_validate(document)
    assert model.pull == []
    assert [d.name for d in model.deployments] == [declared.name for declared in ALL]


def test_the_file_names_the_prefect_that_is_installed() -> None:
    document = yaml.safe_load(deployments_file().read_text())
    assert document["prefect-version"] == version("prefect")


def test_all_go_to_the_pool_that_a_release_has_by_default() -> None:
    assert {d.work_pool.name for d in ALL} == {ClusterSettings().work_pool}


def test_no_schedule_is_active_before_somebody_switches_it_on() -> None:
    schedules = [schedule for declared in ALL for schedule in declared.schedules]
    assert [(schedule.slug, schedule.active) for schedule in schedules] == [
        ("weekly", False),
        ("monthly", False),
        ("daily", False),
        ("every-minute", False),
    ]


@pytest.mark.parametrize("declared", ALL, ids=name_of)
def test_parameters_of_schedules_are_those_of_the_flow(declared: Declared) -> None:
    flow = flow_of(declared)
    for schedule in declared.schedules:
        given = {**declared.parameters, **schedule.parameters}
        assert set(flow.validate_parameters(given)) >= set(given)


@pytest.mark.parametrize("declared", ALL, ids=name_of)
async def test_a_runner_serves_it_by_its_module(declared: Declared) -> None:
    served = await served_deployment(declared)
    assert served.entrypoint == declared.entrypoint
    assert served.description == declared.description


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("name: a, ", ""), "deployments.0.name: Field required"),
        (("pull: []", "pull: [{x: {}}]"), "pull: Tuple should have at most 0 items"),
        (("description: d", "description: d, paused: true"), "paused: Extra inputs"),
        (("windlass.flows.tune.tune", "flows/tune.py:tune"), "entrypoint: String should match"),
        ((ENTRY, "{"), "is no YAML"),
        ((ENTRY, ""), "the document: Input should be a valid"),
    ],
)
def test_a_file_that_is_wrong_says_where(
    tmp_path: Path, change: tuple[str, str], said: str
) -> None:
    path = tmp_path / "prefect.yaml"
    path.write_text(ENTRY.replace(*change))
    with pytest.raises(InputError, match=f"^{re.escape(str(path))}.*{re.escape(said)}"):
        read_deployments(path)


@pytest.mark.parametrize("entrypoint", ["windlass.flows.nowhere.tune", "windlass.flows.tune.cores"])
def test_an_entrypoint_that_is_no_flow_is_named(entrypoint: str) -> None:
    declared = ALL[0].model_copy(update={"entrypoint": entrypoint})
    with pytest.raises(InputError, match=r"deployment score-versions: .*windlass\.flows"):
        flow_of(declared)


def test_the_environment_may_name_another_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "prefect.yaml"
    monkeypatch.setenv("WINDLASS_DEPLOYMENTS", str(path))
    with pytest.raises(InputError, match=r"there is no .* names it\): set WINDLASS_DEPLOYMENTS"):
        declared_deployments()
    path.write_text(ENTRY)
    assert [declared.name for declared in declared_deployments()] == ["a"]


def test_a_pipeline_is_trained_again_by_its_first_training_deployment() -> None:
    assert training_deployment("predictive-maintenance").name == "predictive-maintenance"
    with pytest.raises(InputError, match="no deployment of wind-power with the tag training"):
        training_deployment("wind-power")


def test_who_reads_promotions_has_the_account_that_may_and_it_is_that_of_the_release(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("WINDLASS_CLUSTER__RELEASE", "crane")
    accounts = {
        declared.name: declared.work_pool.job_variables["service_account_name"]
        for declared in map(filled, declared_deployments())
        if "service_account_name" in declared.work_pool.job_variables
    }
    assert accounts == dict.fromkeys(("model-promotion", "registry-health-check"), "crane-promoter")


def test_without_a_release_nothing_is_written_under_an_account_that_nobody_has() -> None:
    [declared] = [each for each in ALL if each.name == "model-promotion"]
    with pytest.raises(InputError, match=r"\$WINDLASS_CLUSTER__RELEASE, which is not set"):
        filled(declared)
