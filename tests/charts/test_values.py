"""values.yaml, values.schema.json and versions: what is written twice is the same."""

import re
import tomllib

import pytest

import windlass
from tests.support.chart_schemas import (
    nested,
    open_objects,
    schema_leaves,
    sections,
    undocumented,
    value_leaves,
)
from tests.support.charts import SUBCHARTS, chart_file, charts, refusal
from tests.support.repository import ROOT

CHARTS = ("windlass", *SUBCHARTS)
SCHEMA, VALUES, CHART = "values.schema.json", "values.yaml", "Chart.yaml"


@pytest.mark.parametrize("chart", CHARTS)
def test_every_value_is_in_the_schema_and_the_other_way_round(chart: str) -> None:
    own = {key: value for key, value in chart_file(chart, VALUES).items() if key not in SUBCHARTS}
    assert set(value_leaves(own)) == set(schema_leaves(chart_file(chart, SCHEMA)))


def test_the_umbrella_has_room_for_the_values_of_each_subchart() -> None:
    values, schema = chart_file("windlass", VALUES), chart_file("windlass", SCHEMA)
    assert {key for key in values if values[key] == {}} == set(SUBCHARTS)
    assert set(values) == set(schema["properties"])


@pytest.mark.parametrize("chart", CHARTS)
def test_every_object_of_a_schema_is_closed(chart: str) -> None:
    assert list(open_objects(chart_file(chart, SCHEMA))) == []


@pytest.mark.parametrize("chart", CHARTS)
def test_every_value_says_what_it_means(chart: str) -> None:
    text = (charts()[chart] / VALUES).read_text()
    assert [name for name in undocumented(text) if name not in SUBCHARTS] == []


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("# -- Size.\nsize: 1\n", []),
        ("# Size.\nsize: 1\n", ["size"]),
        ("# -- All\n# of it.\na:\n  b: 1\n  c: {d: 1}\n", []),
        ("a:\n  # -- B.\n  b: 1\n  c: 2\n", ["a.c"]),
    ],
)
def test_values_without_meaning_are_found(text: str, missing: list[str]) -> None:
    assert list(undocumented(text)) == missing


@pytest.mark.parametrize("chart", CHARTS)
def test_a_misspelt_value_is_refused_by_its_name_at_every_level(chart: str) -> None:
    prefix = () if chart == "windlass" else (chart,)
    for place in sections(chart_file(chart, SCHEMA)):
        said = refusal(nested((*prefix, *place, "misspelt"), 1))
        assert re.search("misspelt'? (is )?not allowed", said), place
        assert f"{chart}:\n" in said, place
        assert not place or place[-1] in said, place


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("global.image.digest", "sha256:abc"),
        ("global.postgresql.port", "5432"),
        ("global.postgresql.sslMode", "on"),
        ("global.objects.bucket", "My_Bucket"),
        ("networkPolicy.apiServerPorts", []),
        ("networkPolicy.ingressFrom", [{"matchLabel": {}}]),
        ("mlflow.service.type", "Nodeport"),
        ("mlflow.allowedHosts", ["a,b"]),
        ("prefect-worker.flows.env", {"A": ["x"]}),
        ("redis.maxMemory", "256Mi"),
        ("prefect-worker.flows.resources.limits.memory", "2 GB"),
    ],
)
def test_a_value_of_another_shape_is_refused_by_its_name(path: str, value: object) -> None:
    names = path.split(".")
    assert names[-1] in refusal(nested(tuple(names), value))


def test_every_version_is_the_package_s() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    umbrella = chart_file("windlass", CHART)
    versions = {
        "pyproject.toml": project["version"],
        "windlass.__version__": windlass.__version__,
        "appVersion": umbrella["appVersion"],
        "global.image.tag": chart_file("windlass", VALUES)["global"]["image"]["tag"],
        **{f"{chart}/Chart.yaml": chart_file(chart, CHART)["version"] for chart in CHARTS},
        **{f"dependency {each['name']}": each["version"] for each in umbrella["dependencies"]},
    }
    assert set(versions.values()) == {"0.1.0"}, versions


def test_every_subchart_is_a_dependency_and_lies_in_the_umbrella() -> None:
    umbrella = chart_file("windlass", CHART)
    folders = {path.parent.name for path in charts()["windlass"].glob("charts/*/Chart.yaml")}
    named = {each["name"] for each in umbrella["dependencies"]}
    assert named == folders == set(SUBCHARTS)
    assert not [each for each in umbrella["dependencies"] if "repository" in each]


def test_each_part_that_can_be_replaced_has_its_switch() -> None:
    conditions = {
        each["name"]: each["condition"]
        for each in chart_file("windlass", CHART)["dependencies"]
        if "condition" in each
    }
    assert conditions == {
        "minio": "minio.enabled",
        "postgresql": "postgresql.enabled",
        "redis": "redis.enabled",
    }
    with_switch = {chart for chart in SUBCHARTS if "enabled" in chart_file(chart, VALUES)}
    assert with_switch == set(conditions)
