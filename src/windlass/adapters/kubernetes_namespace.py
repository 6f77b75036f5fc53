"""A namespace: whether it is on its way out."""

from kubernetes.client import ApiClient
from kubernetes.client.api.core_v1_api import CoreV1Api

from windlass.adapters.kubernetes_client import TIMEOUT, converted


def is_ending(client: ApiClient, namespace: str) -> bool:
    """Whether it is being deleted, and with it all that is in it."""
    with converted(f"reading namespace {namespace}"):
        found = CoreV1Api(client).read_namespace(namespace, _request_timeout=TIMEOUT)
    return found.metadata is not None and found.metadata.deletion_timestamp is not None
