"""The little of HTTP that two small ASGI applications need; no framework in the hot path."""

import asyncio
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
RETRY = (b"retry-after", b"1")


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


class Terms(NamedTuple):
    """How large a body may be, and in which time it has to arrive."""

    most: int
    """Bytes."""
    take: Callable[[int], bool]
    """Asks for room for a part, of the room for the parts of all bodies."""
    seconds: float = 60.0


class Unread(Exception):
    """A body that is not read to its end, and what to answer."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.body)
        self.response = response


async def read_body(headers: Headers, receive: Receive, terms: Terms) -> bytes | None:
    """Read a body; None when it is too large, which a declared length tells at once.

    Raises Unread when there is no room for another part, it comes too slowly, or its end never.
    """
    length = headers.get(b"content-length")
    if length is not None and int(length) > terms.most:
        return None
    try:
        async with asyncio.timeout(terms.seconds):
            part = await _part(receive)
            body: bytes = part.get("body", b"")
            if part.get("more_body"):
                return await _read_more(bytearray(body), receive, terms)
            return body if len(body) <= terms.most else None
    except TimeoutError:
        text = f"the body did not arrive within {terms.seconds:g} s"
        raise Unread(message(408, text)) from None


async def _part(receive: Receive) -> Message:
    part = await receive()
    if part["type"] == "http.disconnect":
        raise Unread(message(400, "the body was cut off"))
    return part


async def _read_more(body: bytearray, receive: Receive, terms: Terms) -> bytes | None:
    more, size = True, len(body)
    while more and len(body) <= terms.most:
        if not terms.take(size):
            raise Unread(message(503, "too many large bodies at once; try again", RETRY))
        part = await _part(receive)
        piece = part.get("body", b"")
        size = len(piece)
        body += piece
        more = part.get("more_body", False)
    return bytes(body) if len(body) <= terms.most else None
