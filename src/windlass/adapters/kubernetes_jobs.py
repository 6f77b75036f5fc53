"""Jobs of flow runs, in Kubernetes.

Of the official client two API classes are used, and only to send: its models would cost memory, and
at every look the time of a processor, so answers are read as the few fields we need.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any, TypeVar

from kubernetes.client import ApiClient, ApiException
from kubernetes.client.api.batch_v1_api import BatchV1Api
from kubernetes.client.api.core_v1_api import CoreV1Api
from pydantic import ValidationError

from windlass.adapters.job_documents import (
    FLOW_RUN_LABEL,
    JobPage,
    Page,
    PodPage,
    flow_job,
    flow_pod,
)
from windlass.adapters.kubernetes_client import SYSTEM, converted, is_missing
from windlass.domain.errors import SystemUnavailable
from windlass.domain.flow_jobs import Work

PAGE_SIZE = 500
_TIMEOUT = (3, 10)
"""Seconds to connect, and to wait for an answer: shorter than usual, for there is a next look."""

Shape = TypeVar("Shape", bound=Page)


class KubernetesFlowJobs:
    """FlowJobs port over the API server; `close` it at the end."""

    def __init__(self, client: ApiClient, namespace: str, release: str) -> None:
        self._client = client
        self._namespace = namespace
        self._release = release
        self._batch = BatchV1Api(client)
        self._core = CoreV1Api(client)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()  # type: ignore[no-untyped-call]  # it ships no types

    def list(self) -> Work:
        """Read all: Jobs first, so that no Job without a pod is one whose pod was just missed."""
        jobs = tuple(
            flow_job(job, self._release)
            for page in self._pages(JobPage, self._batch.list_namespaced_job)
            for job in page.items
        )
        pods = tuple(
            flow_pod(pod, self._release)
            for page in self._pages(PodPage, self._core.list_namespaced_pod)
            for pod in page.items
        )
        return Work(jobs=jobs, pods=pods)

    def delete_job(self, name: str) -> None:
        """Delete a Job; the garbage collector deletes its pods."""
        delete = self._batch.delete_namespaced_job
        self._delete(delete, name=name, propagation_policy="Background")

    def delete_pod(self, name: str, grace: timedelta) -> None:
        """Delete a pod, or shorten the time it has left."""
        delete = self._core.delete_namespaced_pod
        self._delete(delete, name=name, grace_period_seconds=int(grace.total_seconds()))

    def _delete(self, delete: Callable[..., Any], **options: object) -> None:
        with converted(f"deleting {options['name']}"):
            try:
                self._send(delete, **options)
            except ApiException as error:
                if not is_missing(error):
                    raise

    def _pages(self, shape: type[Shape], read: Callable[..., Any]) -> Iterator[Shape]:
        after: str | None = None
        while after != "":
            with converted(f"listing {shape.plural}"):
                body = self._send(
                    read, label_selector=FLOW_RUN_LABEL, limit=PAGE_SIZE, _continue=after
                )
            page = _parsed(shape, body)
            yield page
            after = page.metadata.after

    def _send(self, call: Callable[..., Any], **options: object) -> bytes:
        answer = call(
            namespace=self._namespace,
            _preload_content=False,
            _request_timeout=_TIMEOUT,
            **options,
        )
        body: bytes = answer.data
        return body


def _parsed(shape: type[Shape], body: bytes) -> Shape:
    try:
        return shape.model_validate_json(body)
    except ValidationError as error:
        raise SystemUnavailable(
            SYSTEM, f"gave {shape.plural} that are not Kubernetes' own; check the address"
        ) from error
