"""The umbrella chart as documents: rendered by helm, and walked through by its pods."""

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.chart_schemas import value_leaves
from tests.support.repository import ROOT

Document = dict[str, Any]
Values = Mapping[str, Any]

CHART = ROOT / "charts" / "windlass"
SUBCHARTS = (
    "inference",
    "minio",
    "mlflow",
    "operator",
    "postgresql",
    "prefect-server",
    "prefect-worker",
    "redis",
)
RELEASE, NAMESPACE = "crane", "harbour"
"""Words that stand nowhere in the charts: what shows them took them from the release."""

_SAFE_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Refused(AssertionError):
    """Helm did not render; its words are the message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderedPod:
    """A pod, whoever makes it."""

    owner: str
    """Like Deployment/mlflow: kind and component."""
    labels: dict[str, str]
    spec: Document
    hook: str
    """When helm makes it; empty: with everything else."""

    @property
    def containers(self) -> list[Document]:
        """Init containers first, as they run."""
        return [*self.spec.get("initContainers", ()), *self.spec["containers"]]

    @property
    def stays(self) -> bool:
        """Whether it is meant to run on."""
        return self.owner.startswith(("Deployment/", "StatefulSet/"))


def tool(name: str) -> str:
    """A program or folder that `make charts` found."""
    found = os.environ.get(name)
    if not found:
        pytest.fail(f"{name} is not set: run these with `make charts`")
    return found


def manifests(values: Values | None = None, *, release: str = RELEASE) -> str:
    """What helm renders."""
    return _rendered(json.dumps(values or {}, sort_keys=True), release)


def render(values: Values | None = None) -> list[Document]:
    """What helm renders, hooks and tests among it, as documents."""
    return documents(manifests(values))


def refusal(values: Values | None = None, *, release: str = RELEASE) -> str:
    """Why helm refuses; one that renders is a failure."""
    try:
        manifests(values, release=release)
    except Refused as refused:
        return str(refused)
    raise AssertionError("helm renders this, and should refuse it")


@cache
def documents(text: str) -> list[Document]:
    """The documents of a stream."""
    return [each for each in yaml.load_all(text, Loader=_SAFE_LOADER) if each]


def of_kind(found: list[Document], kind: str) -> dict[str, Document]:
    """The documents of a kind, by component."""
    return {component(each): each for each in found if each["kind"] == kind}


def component(document: Document) -> str:
    """Name without the release: windlass-mlflow is mlflow. Public names stay as they are."""
    name: str = document["metadata"]["name"]
    public = name.startswith("inference-") or name.endswith(".windlass.dev")
    assert public or name.startswith(f"{RELEASE}-"), name
    return name.removeprefix(f"{RELEASE}-")


def hook(document: Document) -> str:
    """When helm makes a document; empty: with everything else."""
    annotations = document["metadata"].get("annotations") or {}
    return str(annotations.get("helm.sh/hook", ""))


def pods(found: list[Document]) -> Iterator[RenderedPod]:
    """Every pod that the manifests make by themselves; flow pods come from a work pool."""
    for each in found:
        pod = each if each["kind"] == "Pod" else each.get("spec", {}).get("template")
        if pod:
            yield RenderedPod(
                owner=f"{each['kind']}/{component(each)}",
                labels=pod["metadata"]["labels"],
                spec=pod["spec"],
                hook=hook(each),
            )


def base_job_template(found: list[Document]) -> Document:
    """The work pool's."""
    data = of_kind(found, "ConfigMap")["prefect-worker"]["data"]
    template: Document = json.loads(data["base-job-template.json"])
    return template


def variables(container: Document) -> dict[str, Document]:
    """Environment of a container by name; one that is named twice is a failure."""
    names = [each["name"] for each in container.get("env", ())]
    assert len(names) == len(set(names)), f"named twice: {sorted(names)}"
    return {each["name"]: each for each in container.get("env", ())}


def charts() -> dict[str, Path]:
    """Every chart's folder, the umbrella first."""
    return {"windlass": CHART, **{name: CHART / "charts" / name for name in SUBCHARTS}}


def chart_file(chart: str, name: str) -> Document:
    """Chart.yaml, values.yaml or values.schema.json of a chart."""
    loaded: Document = yaml.load((charts()[chart] / name).read_text(), Loader=_SAFE_LOADER)
    return loaded


def value_names() -> set[str]:
    """Every value of the chart by its whole name, those of subcharts too."""
    leaves = {name: value_leaves(chart_file(name, "values.yaml")) for name in charts()}
    return {
        ".".join(path if name == "windlass" else (name, *path))
        for name, paths in leaves.items()
        for path in paths
    }


@cache
def _rendered(values: str, release: str) -> str:
    return render_anew(values, release)


def render_anew(values: str, release: str = RELEASE) -> str:
    """Ask helm, whatever it said before."""
    command = [tool("HELM"), "template", release, str(CHART), "--namespace", NAMESPACE]
    ended = subprocess.run(
        [*command, "--values", "-"], input=values, capture_output=True, text=True, check=False
    )
    if ended.returncode != 0:
        raise Refused(ended.stderr)
    return ended.stdout
