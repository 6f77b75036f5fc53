"""The official client, and what its faults mean."""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

from kubernetes import config
from kubernetes.client import ApiClient, ApiException, Configuration
from urllib3.exceptions import HTTPError

from windlass.domain.errors import Conflict, InputError, SystemUnavailable

SYSTEM = "Kubernetes"

TIMEOUT = (3, 20)
"""Seconds to connect, and to wait for an answer; the client itself waits for ever."""


def in_cluster() -> ApiClient:
    """Client of a pod, by its service account."""
    configuration = Configuration()
    try:
        config.load_incluster_config(client_configuration=configuration)  # type: ignore[no-untyped-call] # its own lack
    except config.ConfigException as error:
        raise InputError(
            f"this pod can't ask the cluster's API ({error}): its service account needs a token"
        ) from error
    configuration.retries = False
    return ApiClient(configuration)


@contextmanager
def converted(what: str) -> Iterator[None]:
    """Turn the client's faults into ours; `what` says what was being done."""
    try:
        yield
    except ApiException as error:
        raise _fault(error, what) from error
    except HTTPError as error:
        raise SystemUnavailable(SYSTEM, f"did not answer to {what}: {error}") from error


def is_missing(error: ApiException) -> bool:
    """Whether the API server says that there is no such object."""
    return bool(error.status == HTTPStatus.NOT_FOUND)


def _fault(error: ApiException, what: str) -> Exception:
    said = " ".join(str(error.body or error.reason).split())[:300]
    if error.status == HTTPStatus.CONFLICT:
        return Conflict(f"{what}: {said}")
    if error.status == HTTPStatus.FORBIDDEN:
        return InputError(f"{what} is not allowed: {said}")
    if error.status in (HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY):
        return InputError(f"{what}: {said}")
    return SystemUnavailable(SYSTEM, f"{what}: HTTP {error.status} {said}")
