"""The little of HTTP that two small ASGI applications need; no framework in the hot path."""

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, NamedTuple

import orjson

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Headers = Mapping[bytes, bytes]
"""Names in lower case, as servers give them."""

JSON = b"application/json"


class Response(NamedTuple):
    """What goes back to the client."""

    status: int
    body: bytes
    content_type: bytes = JSON
    extra: tuple[tuple[bytes, bytes], ...] = ()


class Request(NamedTuple):
    """What a handler gets."""

    headers: Headers
    body: bytes


Handler = Callable[[Request], Awaitable[Response]]


def json_response(status: int, document: object, *extra: tuple[bytes, bytes]) -> Response:
    """Encode a document."""
    return Response(status, orjson.dumps(document), JSON, extra)


def message(status: int, text: str, *extra: tuple[bytes, bytes]) -> Response:
    """Say something: `{"message": …}`."""
    return json_response(status, {"message": text}, *extra)


async def send_response(send: Send, response: Response) -> None:
    """Write a whole response."""
    length = str(len(response.body)).encode()
    headers = [(b"content-type", response.content_type), (b"content-length", length)]
    headers += response.extra
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": response.body})


async def read_body(headers: Headers, receive: Receive, limit: int) -> bytes | None:
    """Read a body; None when it is larger than `limit`, which a declared length tells at once."""
    length = headers.get(b"content-length")
    if length is not None and int(length) > limit:
        return None
    part = await receive()
    body: bytes = part.get("body", b"")
    if not part.get("more_body"):
        return body if len(body) <= limit else None
    return await _read_more(bytearray(body), receive, limit)


async def _read_more(body: bytearray, receive: Receive, limit: int) -> bytes | None:
    more = True
    while more and len(body) <= limit:
        part = await receive()
        body += part.get("body", b"")
        more = part.get("more_body", False)
    return bytes(body) if len(body) <= limit else None
