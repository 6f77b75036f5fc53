"""The public port: predictions, MLflow's paths, health, metrics and a description of it all."""

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from windlass import __version__
from windlass.domain.names import Version
from windlass.serving import pages
from windlass.serving.answering import Answered, Answering, NoModel
from windlass.serving.config import Limits
from windlass.serving.desk import Desk
from windlass.serving.flight import Flight, Portion
from windlass.serving.http import (
    RETRY,
    Handler,
    Headers,
    Receive,
    Request,
    Response,
    Scope,
    Send,
    Terms,
    Unread,
    json_response,
    message,
    read_body,
    send_response,
)
from windlass.serving.scoring import Call, Kind, Refused, Scored

_OVERLOADED = message(503, "too many requests at once; try again", RETRY)
_NO_VERSION = (b"x-model-version", b"none")
_TABLES = {b"application/json": Kind.JSON_TABLE, b"text/csv": Kind.CSV_TABLE}
_GET = frozenset(("GET", "HEAD"))
_POST = frozenset(("POST",))


class _Route(NamedTuple):
    methods: frozenset[str]
    handle: Handler
    scores: bool = False
    """Counts as load: refused when too much is in flight."""


class PublicApp:
    """ASGI application of the public port."""

    def __init__(self, desk: Desk, answering: Answering, limits: Limits, flight: Flight) -> None:
        self._desk = desk
        self._answering = answering
        self._limits = limits
        self._flight = flight
        self._responses: Counter[int] = Counter()
        self._routes = self._make_routes()

    def _make_routes(self) -> Mapping[str, _Route]:
        health = _Route(_GET, self._ready)
        return {
            "/predict": _Route(_POST, self._predict, scores=True),
            "/invocations": _Route(_POST, self._invocations, scores=True),
            "/ping": health,
            "/health": health,
            "/readyz": health,
            "/healthz": _Route(_GET, self._alive),
            "/version": _Route(_GET, self._version),
            "/model": _Route(_GET, self._model),
            "/metrics": _Route(_GET, self._metrics),
            "/openapi.json": _Route(_GET, self._openapi),
            "/docs": _Route(_GET, self._docs),
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            response = await self._respond(scope, receive)
            if not response.extra or response.extra[0][0] != b"x-model-version":
                response = response._replace(extra=(self._version_header(), *response.extra))
            await send_response(send, response)
        finally:
            self._flight.land()

    async def _respond(self, scope: Scope, receive: Receive) -> Response:
        route = self._routes.get(scope["path"])
        if route is None:
            return message(404, f"there is no {scope['path']} here; see /docs")
        if scope["method"] not in route.methods:
            allowed = ", ".join(sorted(route.methods))
            return message(405, f"use {allowed}", (b"allow", allowed.encode()))
        headers = dict(scope["headers"])
        if not route.scores:
            return await route.handle(Request(headers, b""))
        response = await self._score(route, headers, receive)
        self._responses[response.status] += 1
        return response

    async def _score(self, route: _Route, headers: Headers, receive: Receive) -> Response:
        if self._is_overloaded():
            return _OVERLOADED
        portion = Portion(self._flight)
        try:
            body = await self._read(headers, receive, portion)
            if body is None:
                return message(413, f"the body is larger than {self._limits.max_body_bytes} bytes")
            # many may have been reading when it was asked first
            if self._is_overloaded():
                return _OVERLOADED
            return await route.handle(Request(headers, body))
        except Unread as unread:
            return unread.response
        finally:
            portion.free()

    async def _read(self, headers: Headers, receive: Receive, portion: Portion) -> bytes | None:
        limits = self._limits
        terms = Terms(limits.max_body_bytes, portion.take, limits.body_seconds)
        self._flight.reading(1)
        try:
            return await read_body(headers, receive, terms)
        finally:
            self._flight.reading(-1)

    def _is_overloaded(self) -> bool:
        return self._flight.count > self._limits.max_in_flight

    async def _predict(self, request: Request) -> Response:
        return await self._answer(Kind.PREDICT, request)

    async def _invocations(self, request: Request) -> Response:
        kind = _TABLES.get(request.headers.get(b"content-type", b"").partition(b";")[0].strip())
        if kind is None:
            return message(415, "send application/json or text/csv")
        return await self._answer(kind, request)

    async def _answer(self, kind: Kind, request: Request) -> Response:
        key = request.headers.get(b"x-request-key") or None
        answered = await self._answering.answer(Call(kind, request.body), key)
        return _response(answered)

    async def _alive(self, _: Request) -> Response:
        return message(200, "alive")

    async def _ready(self, _: Request) -> Response:
        if self._desk.ready:
            return message(200, "ready")
        return message(503, self._answering.nobody().reason)

    async def _version(self, _: Request) -> Response:
        return Response(200, __version__.encode(), b"text/plain")

    async def _model(self, _: Request) -> Response:
        return json_response(200, pages.describe(self._desk))

    async def _metrics(self, _: Request) -> Response:
        # imported when first scraped: the first second belongs to the model
        from windlass.serving.metrics import CONTENT_TYPE, render

        report = self._desk.report()
        return Response(200, render(report, self._responses, self._flight.count), CONTENT_TYPE)

    async def _openapi(self, _: Request) -> Response:
        return json_response(200, pages.openapi(self._desk))

    async def _docs(self, _: Request) -> Response:
        return Response(200, pages.DOCS, b"text/html; charset=utf-8")

    def _version_header(self) -> tuple[bytes, bytes]:
        production = self._desk.production
        return _version_header(production.champion.routed.version) if production else _NO_VERSION


def _response(answered: Answered) -> Response:
    match answered.outcome, answered.version:
        case Scored(body=body), version if version is not None:
            return Response(200, body, extra=(_version_header(version),))
        case Refused(field=field, message=text), _:
            return json_response(422, {"field": field, "message": text})
        case NoModel(reason=reason), _:
            return message(503, reason, RETRY)
        case _:
            return message(500, "the model failed on this request; the server's log says why")


def _version_header(version: Version) -> tuple[bytes, bytes]:
    return b"x-model-version", version.encode("latin-1", errors="replace")
