"""The last story: the namespace goes, with all that is in it."""

import pytest

from tests.support.kube import until
from tests.support.production import promotion
from tests.support.release import Release

pytestmark = pytest.mark.e2e

SECONDS = 120


def test_a_namespace_ends_although_promotions_are_open(windlass: Release) -> None:
    kube = windlass.kube
    kube.apply(promotion("open", "1", suspend=True))
    until(lambda: kube.get("mprom", "open")["metadata"].get("finalizers"), 30, "a look at it")
    kube.kubectl("delete", "namespace", kube.namespace, "--wait", seconds=SECONDS)
    assert kube.kubectl("get", "namespace", kube.namespace, "--ignore-not-found") == ""
