"""Routing on a cluster: which pods it has to reach, and what the API server's answers become."""

import json
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from kubernetes.client import ApiClient, Configuration

from tests.support.http_sink import Sink, http_sink
from tests.support.promotions import MODEL, routing
from windlass.adapters import wire
from windlass.adapters.kubernetes_serving import KubernetesServing, Place, routing_name
from windlass.adapters.server_admin import Endpoint, ServerAdmin
from windlass.domain.errors import Conflict, SystemUnavailable

DOCUMENT = routing("6")
PLACE = Place(namespace="harbour", release="crane")


class Told(ServerAdmin):
    """Admin ports that remember who was spoken to."""

    def __init__(self) -> None:
        super().__init__("token")
        self.endpoints: list[Endpoint] = []

    def bring(self, endpoints: Sequence[Endpoint], routing: object) -> None:
        """Remember."""
        self.endpoints += endpoints


@pytest.fixture
def sink() -> Iterator[Sink]:
    with http_sink() as started:
        yield started


@pytest.fixture
def admin() -> Iterator[Told]:
    found = Told()
    yield found
    found.close()


@pytest.fixture
def serving(sink: Sink, admin: Told) -> Iterator[KubernetesServing]:
    configuration = Configuration()
    configuration.host, configuration.retries = sink.url, False
    with closing(ApiClient(configuration)) as client:
        yield KubernetesServing(client, PLACE, admin)


def pod(name: str, *, ready: str = "True", ip: str | None = "10.0.0.1", **more: Any) -> Any:
    return {
        "metadata": {"name": name, **more},
        "status": {"podIP": ip, "conditions": [{"type": "Ready", "status": ready}]},
    }


def stored(text: str) -> bytes:
    metadata = {"name": routing_name(MODEL), "resourceVersion": "7"}
    return json.dumps({"metadata": metadata, "data": {"routing.json": text}}).encode()


def test_a_document_goes_to_every_pod_that_gets_traffic_and_to_no_other(
    sink: Sink, serving: KubernetesServing, admin: Told
) -> None:
    items = [
        pod("a"),
        pod("b", ip="fd00::2"),
        pod("starting", ready="False"),
        pod("nowhere", ip=None),
        pod("leaving", deletionTimestamp="2026-03-01T12:00:00Z"),
    ]
    document = json.loads(stored(json.dumps(wire.unstructure(DOCUMENT))))
    # one answer serves both questions: the ConfigMap's and the pods'
    sink.body = json.dumps({**document, "items": items}).encode()

    serving.apply(MODEL, DOCUMENT)

    assert [(each.server, each.admin_url) for each in admin.endpoints] == [
        ("a", "http://10.0.0.1:8081"),
        ("b", "http://[fd00::2]:8081"),
    ]
    # what is stored already is not written again
    assert [request.method for request in sink.received] == ["GET", "GET"]
    [selector] = parse_qs(urlsplit(sink.received[1].path).query)["labelSelector"]
    assert selector == f"app.kubernetes.io/instance=crane,windlass.dev/model={MODEL}"


def test_the_document_is_stored_before_anybody_is_told(
    sink: Sink, serving: KubernetesServing, admin: Told
) -> None:
    sink.first_statuses = [404, 500]
    with pytest.raises(SystemUnavailable, match="writing the routing of pump-failure"):
        serving.apply(MODEL, DOCUMENT)
    assert admin.endpoints == []
    written = sink.received[1]
    assert (written.method, written.path) == ("POST", "/api/v1/namespaces/harbour/configmaps")


def test_somebody_else_s_write_is_a_conflict(sink: Sink, serving: KubernetesServing) -> None:
    sink.body = stored(json.dumps(wire.unstructure(routing("5", generation=1))))
    sink.first_statuses = [200, 409]
    with pytest.raises(Conflict):
        serving.apply(MODEL, routing("6", generation=2))
    replaced = sink.received[1]
    assert replaced.method == "PUT"
    assert b'"resourceVersion": "7"' in replaced.body or b'"resourceVersion":"7"' in replaced.body


def test_what_others_annotated_stays_and_nothing_prunes_it(
    sink: Sink, serving: KubernetesServing
) -> None:
    document = json.loads(stored(json.dumps(wire.unstructure(routing("5", generation=1)))))
    document["metadata"]["annotations"] = {"team": "pumps"}
    sink.body = json.dumps({**document, "items": []}).encode()

    serving.apply(MODEL, routing("6", generation=2))

    written = json.loads(sink.received[1].body)["metadata"]["annotations"]
    assert written["team"] == "pumps"
    assert written["argocd.argoproj.io/sync-options"] == "Prune=false"


def test_no_document_is_none(sink: Sink, serving: KubernetesServing) -> None:
    sink.status = 404
    assert serving.routing(MODEL) is None


@pytest.mark.parametrize("text", ["", "{", '{"generation": "x"}'])
def test_a_document_that_cannot_be_read_is_no_empty_one(
    sink: Sink, serving: KubernetesServing, text: str
) -> None:
    sink.body = stored(text)
    with pytest.raises(SystemUnavailable, match=f"ConfigMap {routing_name(MODEL)} can't be read"):
        serving.routing(MODEL)


@pytest.mark.parametrize(("items", "expected"), [([], False), ([{}], True)])
def test_a_model_with_a_service_is_served_whether_pods_are_up_or_not(
    sink: Sink, serving: KubernetesServing, items: list[Any], expected: bool
) -> None:
    sink.body = json.dumps({"items": items}).encode()
    assert serving.served(MODEL) is expected
