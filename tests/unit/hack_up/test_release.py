"""hack/up ⇄ the chart: what both name."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.support.charts import CHART, chart_file, value_names
from tests.support.hack_up import part

release, images = part("release"), part("images")


def test_both_ask_for_the_same_kubernetes() -> None:
    assert release._OLDEST == (1, 30)
    assert chart_file("windlass", "Chart.yaml")["kubeVersion"] == ">=1.30.0-0"


def test_the_chart_that_is_installed_is_this_one() -> None:
    assert release.CHART == CHART


def test_images_are_given_by_values_that_the_chart_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "watched", lambda *_: None)
    monkeypatch.setattr(images, "output", lambda *_: "built")
    clusters = part("clusters")
    for kind in ("hack", "kind"):
        cluster = clusters.Cluster(kind, f"{kind}-a")
        assert set(images.provide(cluster)) - value_names() == set()


@pytest.mark.parametrize(
    ("annotations", "expected"),
    [
        (None, False),
        ({}, False),
        ({"storageclass.kubernetes.io/is-default-class": "false"}, False),
        ({"storageclass.kubernetes.io/is-default-class": "true"}, True),
    ],
)
def test_the_default_storage_class(annotations: dict[str, str] | None, expected: bool) -> None:
    assert release._is_default({"metadata": {"annotations": annotations}}) is expected


def failing(created: str, component: str = "mlflow") -> dict[str, Any]:
    ended = {"exitCode": 1, "reason": "Error", "message": "no such table"}
    status = {"name": "main", "state": {"terminated": ended}, "restartCount": 5}
    labels = {"app.kubernetes.io/component": component}
    return {
        "kind": "Pod",
        "metadata": {"name": "windlass-x", "creationTimestamp": created, "labels": labels},
        "status": {"containerStatuses": [status]},
    }


@pytest.mark.parametrize(
    ("pod", "patience"),
    [
        (failing("2026-01-01T10:00:05Z"), [0.0]),
        (failing("2026-01-01T09:00:00Z"), [120.0]),
        (failing("2026-01-01T10:00:05Z", component="flow"), []),
    ],
)
def test_what_helm_is_about_to_replace_ends_no_upgrade(
    pod: dict[str, Any], patience: list[float]
) -> None:
    begun = datetime(2026, 1, 1, 10, tzinfo=UTC)
    assert list(release.problems_of([pod], begun).values()) == patience
