"""The admin port: takes routing documents and reports. Nothing answers without the token."""

import hmac

from windlass.domain.errors import Conflict, InputError
from windlass.serving.conductor import Conductor
from windlass.serving.desk import Desk
from windlass.serving.documents import parse_routing, write_report, write_routing
from windlass.serving.http import (
    JSON,
    Receive,
    Response,
    Scope,
    Send,
    Terms,
    Unread,
    message,
    read_body,
    send_response,
)

_MAX_BYTES = 1024 * 1024
_TERMS = Terms(_MAX_BYTES, lambda _: True)


class AdminApp:
    """ASGI application of the admin port."""

    def __init__(self, token: str, desk: Desk, conductor: Conductor) -> None:
        self._expected = f"Bearer {token}".encode()
        self._desk = desk
        self._conductor = conductor

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            response = await self._respond(scope, receive)
        except Unread as unread:
            response = unread.response
        await send_response(send, response)

    async def _respond(self, scope: Scope, receive: Receive) -> Response:
        headers = dict(scope["headers"])
        if not hmac.compare_digest(headers.get(b"authorization", b""), self._expected):
            text = "the admin port needs the header `Authorization: Bearer <admin token>`"
            return message(401, text, (b"www-authenticate", b"Bearer"))
        match scope["method"], scope["path"]:
            case "GET", "/stats":
                return self._report()
            case "GET", "/routing":
                return Response(200, write_routing(self._desk.routing), JSON)
            case "PUT", "/routing":
                return await self._take(await read_body(headers, receive, _TERMS))
            case _:
                return message(404, "there are GET /stats, GET /routing and PUT /routing")

    async def _take(self, body: bytes | None) -> Response:
        if body is None:
            return message(413, f"a routing document has at most {_MAX_BYTES} bytes")
        try:
            self._conductor.accept(parse_routing(body))
        except InputError as error:
            return message(422, str(error))
        except Conflict as error:
            return message(409, str(error))
        await self._conductor.settled()
        return self._report()

    def _report(self) -> Response:
        return Response(200, write_report(self._desk.report()), JSON)
