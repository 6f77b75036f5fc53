"""The official client, and what its faults mean."""

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus

from kubernetes import config
from kubernetes.client import ApiClient, ApiException, Configuration, V1SelfSubjectReview
from kubernetes.client.api.authentication_v1_api import AuthenticationV1Api
from urllib3.exceptions import HTTPError

from windlass import __version__
from windlass.domain.errors import Conflict, InputError, SystemUnavailable

SYSTEM = "Kubernetes"

TIMEOUT = (3, 20)
"""Seconds to connect, and to wait for an answer; the client itself waits for ever."""

NOT_IN_GIT = {
    "argocd.argoproj.io/compare-options": "IgnoreExtraneous",
    "argocd.argoproj.io/sync-options": "Prune=false",
}
"""Annotations of what the release makes itself, lest Argo CD delete it by the release's label."""

_LONGEST = 1000
"""Characters of a refusal that a message repeats."""


def in_cluster(connections: int = 4) -> ApiClient:
    """Client of a pod, by its service account; `connections` is how many it keeps open."""
    configuration = Configuration()
    try:
        config.load_incluster_config(client_configuration=configuration)  # type: ignore[no-untyped-call] # its own lack
    except config.ConfigException as error:
        raise InputError(
            f"this pod can't ask the cluster's API ({error}): its service account needs a token"
        ) from error
    configuration.retries = False
    configuration.connection_pool_maxsize = connections
    return _client(configuration)


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """A cluster as a user's kubeconfig has it."""

    client: ApiClient
    context: str
    namespace: str | None
    """The context's own; None where it names none."""


def of_context(name: str, user: str | None = None, connections: int = 4) -> Access:
    """Client of a context; `user` is somebody to act as, where the cluster allows it."""
    configuration = Configuration()
    try:
        contexts, _ = config.list_kube_config_contexts()  # type: ignore[no-untyped-call] # its own lack
        config.load_kube_config(context=name, client_configuration=configuration)  # type: ignore[no-untyped-call] # its own lack
    except (config.ConfigException, OSError) as error:
        raise InputError(
            f"context {name}: {error}; `kubectl config get-contexts` lists those there are"
        ) from error
    configuration.retries = False
    configuration.connection_pool_maxsize = connections
    client = _client(configuration)
    if user is not None:
        acting = {"Impersonate-User": user, "Impersonate-Group": "system:authenticated"}
        client.default_headers.update(acting)
    namespaces = {each["name"]: each["context"].get("namespace") for each in contexts}
    return Access(client=client, context=name, namespace=namespaces[name])


def _client(configuration: Configuration) -> ApiClient:
    client = ApiClient(configuration)
    # the API server names the owner of what is written after it, in managedFields
    client.user_agent = f"windlass/{__version__}"
    return client


def who_am_i(client: ApiClient) -> str:
    """Name that the API server knows the user by."""
    with converted("asking who this is"):
        found = AuthenticationV1Api(client).create_self_subject_review(
            V1SelfSubjectReview(), _request_timeout=TIMEOUT
        )
    user = found.status.user_info if found.status else None
    return str(user.username) if user else ""


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


def _said(error: ApiException) -> str:
    """The API server's own words, or a policy's, without what is around them."""
    words = str(error.body or error.reason)
    with suppress(ValueError, KeyError, TypeError):
        words = str(json.loads(words)["message"])
    return " ".join(words.rpartition("denied request: ")[2].split())[:_LONGEST]


def _fault(error: ApiException, what: str) -> Exception:
    said = _said(error)
    if error.status == HTTPStatus.CONFLICT:
        return Conflict(f"{what}: {said}")
    if error.status == HTTPStatus.FORBIDDEN:
        return InputError(f"{what} is not allowed: {said}")
    if error.status in (HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY):
        return InputError(f"{what}: {said}")
    return SystemUnavailable(SYSTEM, f"{what}: HTTP {error.status} {said}")
