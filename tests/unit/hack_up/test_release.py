"""hack/up ⇄ the chart: what both name."""

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
