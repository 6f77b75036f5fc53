"""The admin port of one inference server: what it reports, and telling it a routing document."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

import httpx

from windlass.adapters import wire
from windlass.domain.errors import InputError, SystemUnavailable
from windlass.domain.routing import Routing
from windlass.domain.traffic import ServerReport

_SYSTEM = "serving"
_TIMEOUT = httpx.Timeout(5.0, connect=2.0)
"""A server accepts a document at once but answers when its bundles are loaded: not waited for."""
_AT_ONCE = 16
"""Servers that are spoken to at the same time: a silent one keeps the others from nothing."""
_IDLE_SECONDS = 2.0
"""The server closes idle connections after 5 s; one must not be used just as it closes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where one server can be spoken to."""

    server: str
    """How it names itself in its report."""
    admin_url: str
    """`http://host:port` of its admin port."""


class ServerAdmin:
    """Client of the admin ports of all servers; they share one token. Thread-safe."""

    def __init__(self, token: str) -> None:
        self._client = httpx.Client(
            headers={"Authorization": f"Bearer {token}"},
            timeout=_TIMEOUT,
            trust_env=False,
            limits=httpx.Limits(keepalive_expiry=_IDLE_SECONDS),
        )
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="server-admin")

    def report(self, endpoint: Endpoint) -> ServerReport:
        """Ask for acknowledgement and counters; SystemUnavailable when they can't be had."""
        document = self._answer(endpoint, "GET", "/stats")
        try:
            return wire.structure(ServerReport, document, "stats")
        except InputError as error:
            raise _fault(endpoint, f"reports what can't be read ({error})") from error

    def reports(self, endpoints: Sequence[Endpoint]) -> tuple[ServerReport, ...]:
        """Ask all of them at once; SystemUnavailable when one is silent."""
        return tuple(self._threads.map(self.report, endpoints))

    def push(self, endpoint: Endpoint, routing: Routing) -> None:
        """Send a document; returning without a fault does not mean that it is loaded yet."""
        self._answer(endpoint, "PUT", "/routing", wire.unstructure(routing))

    def bring(self, endpoints: Sequence[Endpoint], routing: Routing) -> None:
        """Push a document to those that do not have it; who is silent is told at the next look."""
        list(self._threads.map(partial(self._bring, routing=routing), endpoints))

    def _bring(self, endpoint: Endpoint, routing: Routing) -> None:
        try:
            if self.report(endpoint).routing != routing:
                self.push(endpoint, routing)
        except SystemUnavailable:
            return

    def close(self) -> None:
        """Close its connections."""
        self._threads.shutdown()
        self._client.close()

    def _answer(self, endpoint: Endpoint, method: str, path: str, body: object = None) -> Any:
        try:
            response = self._client.request(method, endpoint.admin_url + path, json=body)
        except (httpx.RequestError, httpx.InvalidURL) as error:
            raise _fault(endpoint, f"did not answer ({type(error).__name__})") from error
        if response.status_code in (401, 403):
            raise _fault(
                endpoint, "refuses the admin token: it must be the one it was started with"
            )
        try:
            if response.is_success:
                return response.json()
        except ValueError as error:
            raise _fault(endpoint, "answers what is not JSON; check its address") from error
        said = " ".join(response.text.split())[:200]
        raise _fault(endpoint, f"answers HTTP {response.status_code}: {said}")


def _fault(endpoint: Endpoint, message: str) -> SystemUnavailable:
    return SystemUnavailable(_SYSTEM, f"{endpoint.server} at {endpoint.admin_url} {message}")
