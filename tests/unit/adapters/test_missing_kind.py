"""A cluster whose custom resource somebody deleted."""

import pytest
from kubernetes.client import ApiClient, ApiException
from kubernetes.client.api.custom_objects_api import CustomObjectsApi

from windlass.adapters.kubernetes_promotions import KubernetesPromotions, NoPromotionsHere
from windlass.domain.errors import SystemUnavailable


@pytest.mark.parametrize(
    ("status", "fault"),
    [(404, NoPromotionsHere), (500, SystemUnavailable), (429, SystemUnavailable)],
)
def test_a_missing_kind_is_told_from_a_server_in_trouble(
    status: int, fault: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object, **__: object) -> None:
        raise ApiException(status=status, reason="no")

    monkeypatch.setattr(CustomObjectsApi, "list_namespaced_custom_object", refused)
    with pytest.raises(SystemUnavailable) as raised:
        KubernetesPromotions(ApiClient(), "windlass").list()
    assert type(raised.value) is fault
