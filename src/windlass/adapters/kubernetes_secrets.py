"""Secrets of a release, in its namespace."""

import base64
from collections.abc import Mapping

from kubernetes.client import ApiClient, ApiException, V1ObjectMeta, V1Secret
from kubernetes.client.api.core_v1_api import CoreV1Api

from windlass.adapters.kubernetes_client import NOT_IN_GIT, TIMEOUT, converted, is_missing


class KubernetesSecrets:
    """Reads and writes Secrets; those it makes carry the label of their release."""

    def __init__(self, client: ApiClient, namespace: str, release: str) -> None:
        self._api = CoreV1Api(client)
        self._namespace = namespace
        self._labels = {
            "app.kubernetes.io/instance": release,
            "app.kubernetes.io/part-of": "windlass",
            "app.kubernetes.io/managed-by": "windlass",
        }

    def read(self, name: str) -> Mapping[str, bytes] | None:
        """Content of a Secret."""
        with converted(f"reading Secret {name}"):
            try:
                found = self._api.read_namespaced_secret(
                    name, self._namespace, _request_timeout=TIMEOUT
                )
            except ApiException as error:
                if is_missing(error):
                    return None
                raise
        return {key: base64.b64decode(value) for key, value in (found.data or {}).items()}

    def create(self, name: str, content: Mapping[str, bytes]) -> None:
        """Make a Secret."""
        body = V1Secret(
            metadata=V1ObjectMeta(name=name, labels=self._labels, annotations=NOT_IN_GIT),
            type="Opaque",
            data=_encoded(content),
        )
        with converted(f"making Secret {name}"):
            self._api.create_namespaced_secret(self._namespace, body, _request_timeout=TIMEOUT)

    def add(self, name: str, content: Mapping[str, bytes]) -> None:
        """Add keys to a Secret."""
        with converted(f"adding to Secret {name}"):
            self._api.patch_namespaced_secret(
                name, self._namespace, {"data": _encoded(content)}, _request_timeout=TIMEOUT
            )


def _encoded(content: Mapping[str, bytes]) -> dict[str, str]:
    return {key: base64.b64encode(value).decode() for key, value in content.items()}
