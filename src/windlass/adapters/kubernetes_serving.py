"""Serving on a cluster: a ConfigMap per model, and the admin ports of the pods behind its Service.

The ConfigMap is written first: a pod that starts later finds the document there, mounted. It is
made by the first promotion and belongs to no release, so that nothing but a promotion changes it.
"""

import json
from dataclasses import dataclass

from kubernetes.client import (
    ApiClient,
    ApiException,
    V1ConfigMap,
    V1ObjectMeta,
    V1Pod,
)
from kubernetes.client.api.core_v1_api import CoreV1Api

from windlass.adapters import wire
from windlass.adapters.kubernetes_client import NOT_IN_GIT, SYSTEM, TIMEOUT, converted, is_missing
from windlass.adapters.routing_rules import replaces
from windlass.adapters.server_admin import Endpoint, ServerAdmin
from windlass.domain.errors import InputError, SystemUnavailable
from windlass.domain.names import ModelName
from windlass.domain.routing import Routing
from windlass.domain.traffic import ServerReport

MODEL_LABEL = "windlass.dev/model"
DOCUMENT = "routing.json"
ADMIN_PORT = 8081


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Which release's servers."""

    namespace: str
    release: str


class KubernetesServing:
    """Serving port over ConfigMaps and pods. Thread-safe."""

    def __init__(self, client: ApiClient, place: Place, admin: ServerAdmin) -> None:
        self._core = CoreV1Api(client)
        self._place = place
        self._admin = admin

    def served(self, model: ModelName) -> bool:
        """Whether there is a Service for the model: its pods may all be starting."""
        with converted(f"reading the Service of {model}"):
            found = self._core.list_namespaced_service(
                self._place.namespace,
                label_selector=self._selector(model),
                _request_timeout=TIMEOUT,
            )
        return bool(found.items)

    def routing(self, model: ModelName) -> Routing | None:
        """Return the stored document."""
        found = self._stored(model)
        return None if found is None else _document(found)

    def apply(self, model: ModelName, routing: Routing) -> None:
        """Store the document and push it to every pod whose report differs."""
        stored = self._stored(model)
        if replaces(None if stored is None else _document(stored), routing):
            self._store(model, routing, stored)
        self._admin.bring(self._endpoints(model), routing)

    def reports(self, model: ModelName) -> tuple[ServerReport, ...]:
        """Reports of every pod that gets traffic; SystemUnavailable when one is silent."""
        return self._admin.reports(self._endpoints(model))

    def _stored(self, model: ModelName) -> V1ConfigMap | None:
        with converted(f"reading the routing of {model}"):
            try:
                found: V1ConfigMap = self._core.read_namespaced_config_map(
                    routing_name(model), self._place.namespace, _request_timeout=TIMEOUT
                )
            except ApiException as error:
                if is_missing(error):
                    return None
                raise
        return found

    def _store(self, model: ModelName, routing: Routing, stored: V1ConfigMap | None) -> None:
        before = (stored.metadata if stored else None) or V1ObjectMeta()
        body = V1ConfigMap(
            metadata=V1ObjectMeta(
                name=routing_name(model),
                resource_version=before.resource_version,
                annotations=NOT_IN_GIT | (before.annotations or {}),
                labels={
                    "app.kubernetes.io/instance": self._place.release,
                    "app.kubernetes.io/part-of": "windlass",
                    MODEL_LABEL: model,
                },
            ),
            data={DOCUMENT: json.dumps(wire.unstructure(routing))},
        )
        namespace = self._place.namespace
        with converted(f"writing the routing of {model}"):
            if stored is None:
                self._core.create_namespaced_config_map(namespace, body, _request_timeout=TIMEOUT)
            else:
                self._core.replace_namespaced_config_map(
                    routing_name(model), namespace, body, _request_timeout=TIMEOUT
                )

    def _endpoints(self, model: ModelName) -> tuple[Endpoint, ...]:
        with converted(f"listing the pods of {model}"):
            found = self._core.list_namespaced_pod(
                self._place.namespace,
                label_selector=self._selector(model),
                _request_timeout=TIMEOUT,
            )
        return tuple(endpoint for pod in found.items if (endpoint := _endpoint(pod)))

    def _selector(self, model: ModelName) -> str:
        return f"app.kubernetes.io/instance={self._place.release},{MODEL_LABEL}={model}"


def routing_name(model: ModelName) -> str:
    """Name of the ConfigMap with a model's routing."""
    return f"inference-{model}-routing"


def _document(stored: V1ConfigMap) -> Routing:
    try:
        return wire.structure(Routing, json.loads((stored.data or {})[DOCUMENT]), DOCUMENT)
    except (InputError, KeyError, ValueError) as error:
        name = stored.metadata.name if stored.metadata else "?"
        # not an empty document: the servers go on with what they have
        raise SystemUnavailable(SYSTEM, f"ConfigMap {name} can't be read: {error}") from error


def _endpoint(pod: V1Pod) -> Endpoint | None:
    """Admin port of a pod that its Service sends traffic to; None for any other pod."""
    metadata, status = pod.metadata, pod.status
    if metadata is None or status is None or metadata.deletion_timestamp or not status.pod_ip:
        return None
    conditions = status.conditions or ()
    if not any(each.type == "Ready" and each.status == "True" for each in conditions):
        return None
    host = f"[{status.pod_ip}]" if ":" in status.pod_ip else status.pod_ip
    return Endpoint(server=str(metadata.name), admin_url=f"http://{host}:{ADMIN_PORT}")
