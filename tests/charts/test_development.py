"""skaffold.yaml and prefect.yaml ⇄ the chart: what they name is there."""

import re
from typing import Any

import pytest
import yaml

from tests.support.charts import (
    CHART,
    Document,
    base_job_template,
    chart_file,
    of_kind,
    render,
    value_names,
)
from tests.support.flow_jobs import flow_pod
from tests.support.pod_rules import house, restricted
from tests.support.repository import ROOT


@pytest.fixture(scope="module")
def skaffold() -> Document:
    found: Document = yaml.safe_load((ROOT / "skaffold.yaml").read_text())
    return found


@pytest.fixture(scope="module")
def deployments() -> list[Document]:
    found: list[Document] = yaml.safe_load((ROOT / "prefect.yaml").read_text())["deployments"]
    return found


def release(skaffold: Document) -> Document:
    [found] = skaffold["deploy"]["helm"]["releases"]
    assert isinstance(found, dict)
    return found


def at(document: Any, pointer: str) -> Any:
    """What a JSON pointer leads to."""
    for step in pointer.split("/")[1:]:
        document = document[int(step)] if isinstance(document, list) else document[step]
    return document


def test_skaffold_builds_from_files_that_are_there(skaffold: Document) -> None:
    for artifact in skaffold["build"]["artifacts"]:
        folder = ROOT / artifact.get("context", ".")
        assert (folder / artifact["docker"]["dockerfile"]).is_file(), artifact["image"]


def test_skaffold_installs_this_chart(skaffold: Document) -> None:
    assert ROOT / release(skaffold)["chartPath"] == CHART


def test_skaffold_sets_values_that_the_chart_has(skaffold: Document) -> None:
    assert set(release(skaffold)["setValueTemplates"]) - value_names() == set()


def test_skaffold_gives_the_images_that_it_builds(skaffold: Document) -> None:
    built = {
        re.sub(r"\W", "_", artifact["image"]): artifact["image"]
        for artifact in skaffold["build"]["artifacts"]
    }
    given = {
        name: re.findall(r"{{\.IMAGE_(?:REPO|TAG)_(\w+)}}", value)
        for name, value in release(skaffold)["setValueTemplates"].items()
    }
    assert {image for [image] in given.values()} == set(built)
    defaults = {
        "global.image.repository": chart_file("windlass", "values.yaml")["global"]["image"],
        "minio.image.repository": chart_file("minio", "values.yaml")["image"],
    }
    for name, image in defaults.items():
        assert built[given[name][0]] == image["repository"]


def test_skaffold_forwards_ports_that_services_have(skaffold: Document) -> None:
    services = {
        name: each["spec"]["ports"][0]["port"]
        for name, each in of_kind(render(), "Service").items()
    }
    name = release(skaffold)["name"]
    for forward in skaffold["portForward"]:
        assert forward["resourceType"] == "service"
        assert forward["namespace"] == release(skaffold)["namespace"]
        assert services[forward["resourceName"].removeprefix(f"{name}-")] == forward["port"]


def test_skaffold_s_patches_change_what_is_there(skaffold: Document) -> None:
    for profile in skaffold["profiles"]:
        for patch in profile["patches"]:
            assert patch["op"] == "replace"
            assert isinstance(at(skaffold, patch["path"]), type(patch["value"]))


def test_deployments_run_in_the_chart_s_pool(deployments: list[Document]) -> None:
    pool = chart_file("windlass", "values.yaml")["global"]["prefect"]["workPool"]
    assert {each["work_pool"]["name"] for each in deployments} == {pool}


def test_deployments_set_variables_that_the_template_has(deployments: list[Document]) -> None:
    template = base_job_template(render())
    for each in deployments:
        given = each["work_pool"].get("job_variables", {})
        assert set(given) <= set(template["variables"]["properties"]), each["name"]
        pod = flow_pod(template, each["name"], **given)
        assert (restricted(pod.spec), house(pod.spec)) == ([], [])
