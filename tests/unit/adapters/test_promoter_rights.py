"""An account that may create promotions and not change them, as flows have it."""

from typing import Any

import pytest
from kubernetes.client import ApiException

from tests.support.stage import spec_of
from windlass.adapters import kubernetes_promotions
from windlass.adapters.kubernetes_promotions import KubernetesPromotions
from windlass.domain.errors import InputError
from windlass.domain.promotion.promotion import PromotionKey

KEY = PromotionKey("default", "p")
SERVED = {"uid": "u", "generation": 1, "resourceVersion": "7"}


class Api:
    """The API server, with the rights of Role promoter."""

    def __init__(self, _: object) -> None:
        self.objects: dict[str, dict[str, Any]] = {}

    def get_namespaced_custom_object(self, *place: str, **_: object) -> dict[str, Any]:
        """Answer one."""
        if place[-1] not in self.objects:
            raise ApiException(status=404)
        return self.objects[place[-1]]

    def create_namespaced_custom_object(self, *given: Any, **_: object) -> dict[str, Any]:
        """Make one."""
        body = given[-1]
        metadata = {**body["metadata"], **SERVED, "creationTimestamp": "2026-01-01T00:00:00Z"}
        made = self.objects[metadata["name"]] = {**body, "metadata": metadata}
        return made

    def replace_namespaced_custom_object(self, *_: object, **__: object) -> None:
        """Refuse."""
        raise ApiException(status=403, reason="cannot update resource modelpromotions")


@pytest.fixture
def promotions(monkeypatch: pytest.MonkeyPatch) -> KubernetesPromotions:
    monkeypatch.setattr(kubernetes_promotions, "CustomObjectsApi", Api)
    nobody: Any = None
    return KubernetesPromotions(nobody, "default")


def test_it_may_apply_the_same_again(promotions: KubernetesPromotions) -> None:
    created = promotions.apply(KEY, spec_of("1"), {"a": "1"})
    assert promotions.apply(KEY, spec_of("1"), {"a": "1"}) == created
    assert promotions.apply(KEY, spec_of("1"), {}) == created


@pytest.mark.parametrize(("version", "annotations"), [("2", {}), ("1", {"a": "2"})])
def test_a_change_is_refused_by_name(
    promotions: KubernetesPromotions, version: str, annotations: dict[str, str]
) -> None:
    promotions.apply(KEY, spec_of("1"), {"a": "1"})
    with pytest.raises(InputError, match="default/p is not allowed: cannot update"):
        promotions.apply(KEY, spec_of(version), annotations)
