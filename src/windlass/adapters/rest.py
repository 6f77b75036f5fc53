"""JSON over HTTP for the REST adapters: explicit timeouts, foreign faults converted once.

Three outcomes are kept apart: the answer; "there is no such thing", which is None and only ever
believed when the system itself says so in its own words (a 404 of a proxy must not make a model
vanish); and SystemUnavailable for all that leaves us knowing nothing.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeVar
from urllib.parse import quote, urlsplit

import httpx
from pydantic import BaseModel, ValidationError

from windlass.domain.errors import InputError, SystemUnavailable

Shape = TypeVar("Shape", bound=BaseModel)

DEFAULT_TIMEOUT = 5.0
"""Seconds to connect, and to wait for each piece of an answer."""

_IDLE_SECONDS = 2.0
"""uvicorn closes idle connections after 5 s; a connection must not be used just as it closes."""

_BUSY = 503
"""Nothing was done, says the server: Prefect on SQLite does so whenever two writers meet."""

_BUSY_PAUSES = (0.1, 0.3, 0.9)
"""Seconds before each further try of a request that met a busy server."""

_TRY_LATER = frozenset({408, 425, 429})
_CREDENTIALS = frozenset({401, 403, 407})


class Problem(NamedTuple):
    """What a system says is wrong with a request, read from its error document."""

    missing: bool
    message: str


Explain = Callable[[int, object], Problem | None]
"""Reads status and JSON body of a refusal; None when the system did not write that body."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request, its path below the base address."""

    method: str
    path: str
    params: Mapping[str, str] | None = None
    body: Mapping[str, object] | Sequence[object] | None = None
    content: bytes | None = None
    """Raw body; uploads wait for the answer as long as they need."""


class Rest:
    """Client of one system. Thread-safe; `close` it at the end."""

    def __init__(
        self,
        explain: Explain,
        url: str,
        *,
        system: str,
        auth: tuple[str, str] | None = None,
        timeout: float = DEFAULT_TIMEOUT,
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise InputError(f"{system}: {url!r} is no address; it looks like http://host:port")
        self.system = system
        self.url = url.rstrip("/")
        self.shown = self.url.replace(f"{parts.netloc}", parts.netloc.rpartition("@")[2], 1)
        self._explain = explain
        self._client = httpx.Client(
            base_url=url,
            auth=auth,
            timeout=timeout,
            trust_env=False,
            limits=httpx.Limits(keepalive_expiry=_IDLE_SECONDS),
        )

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def fetch(self, shape: type[Shape], request: Request) -> Shape | None:
        """Answer of a request as `shape`; None when the thing it names does not exist."""
        response = self._answer(request)
        if response is None:
            return None
        try:
            return shape.model_validate_json(response.content)
        except ValidationError as error:
            raise self._foreign(response) from error

    def send(self, request: Request) -> bool:
        """Make a request whose answer does not matter; False when what it names does not exist."""
        return self._answer(request) is not None

    def unavailable(self, message: str) -> SystemUnavailable:
        """Fault of this system, with its address."""
        return SystemUnavailable(self.system, f"{self.shown} {message}")

    def _answer(self, request: Request) -> httpx.Response | None:
        response = self._patient_exchange(request)
        if response.is_success:
            return response
        status = response.status_code
        problem = self._explain(status, _json(response))
        said = _one_line(problem.message if problem else response.text)
        if status in _CREDENTIALS:
            raise self.unavailable(
                f"refused us (HTTP {status}: {said});"
                " check its user, password, rights and allowed hosts"
            )
        if status >= 500 or status in _TRY_LATER:
            raise self.unavailable(f"is not well (HTTP {status}: {said}); try again later")
        if problem is None:
            raise self._foreign(response)
        if problem.missing:
            return None
        raise InputError(f"{self.system} refused {request.path}: {said}")

    def _patient_exchange(self, request: Request) -> httpx.Response:
        for pause in _BUSY_PAUSES:
            response = self._exchange(request)
            if response.status_code != _BUSY:
                return response
            time.sleep(pause)
        return self._exchange(request)

    def _exchange(self, request: Request) -> httpx.Response:
        timeout = httpx.USE_CLIENT_DEFAULT if request.content is None else _UPLOAD
        try:
            return self._client.request(
                request.method,
                request.path,
                params=request.params,
                json=request.body,
                content=request.content,
                timeout=timeout,
            )
        except httpx.RequestError as error:
            reason = type(error).__name__
            raise self.unavailable(
                f"did not answer ({reason}); see that it runs, then try again"
            ) from error

    def _foreign(self, response: httpx.Response) -> SystemUnavailable:
        return self.unavailable(
            f"gave an answer that is not {self.system}'s (HTTP {response.status_code});"
            " check the address"
        )


_UPLOAD = httpx.Timeout(DEFAULT_TIMEOUT, read=300.0, write=60.0)


def path(*parts: str) -> str:
    """Join path segments, each quoted."""
    return "/" + "/".join(quote(part, safe="") for part in parts)


def _json(response: httpx.Response) -> object:
    try:
        document: object = response.json()
    except ValueError:
        return None
    return document


def _one_line(text: str) -> str:
    return " ".join(text.split())[:300]
