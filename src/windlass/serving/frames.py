"""Frames between server and child process: a fixed head, then bytes.

A request's body goes through as it came and the answer's body comes back ready to send, so the
server neither parses nor encodes what a candidate answers.
"""

from collections.abc import Callable
from enum import IntEnum
from struct import Struct
from typing import NamedTuple

import orjson

from windlass.domain.bundle import Bundle
from windlass.domain.names import Digest
from windlass.services.bundles import manifest_from_json, manifest_to_json
from windlass.serving.guard import Failure
from windlass.serving.scoring import Outcome, Refused, Scored

_REQUEST = Struct("<IIBd")
_REPLY = Struct("<IIBdd")
_LENGTH = Struct("<I")

_MAX_REPLY_BYTES = 256 * 1024 * 1024

LOAD = 0
"""Kind of the first frame; later ones carry a `Kind`."""


class Status(IntEnum):
    """What a reply means."""

    SCORED = 0
    SCORED_WITHOUT_SCORE = 1
    REFUSED = 2
    FAILED = 3
    EXPIRED = 4
    """The deadline had passed before the child came to it."""


class Request(NamedTuple):
    """Server to child."""

    number: int
    kind: int
    expires: float
    """On the monotonic clock, which both processes share."""
    body: bytes


class Reply(NamedTuple):
    """Child to server; number 0 answers the load."""

    number: int
    status: Status
    outcome: Outcome


def pack_request(request: Request) -> bytes:
    """Encode a request."""
    head = _REQUEST.pack(len(request.body), request.number, request.kind, request.expires)
    return head + request.body


def read_request(read: Callable[[int], bytes]) -> Request | None:
    """Read a request from a blocking stream; None at its end."""
    head = read(_REQUEST.size)
    if len(head) < _REQUEST.size:
        return None
    size, number, kind, expires = _REQUEST.unpack(head)
    body = read(size)
    return Request(number, kind, expires, body) if len(body) == size else None


def pack_reply(number: int, outcome: Outcome | None) -> bytes:
    """Encode an outcome; None says that the deadline had passed."""
    status, milliseconds, score, body = _describe(outcome)
    return _REPLY.pack(len(body), number, status, milliseconds, score) + body


def _describe(outcome: Outcome | None) -> tuple[Status, float, float, bytes]:
    match outcome:
        case Scored(body=body, score=None, milliseconds=milliseconds):
            return Status.SCORED_WITHOUT_SCORE, milliseconds, 0.0, body
        case Scored(body=body, score=float(score), milliseconds=milliseconds):
            return Status.SCORED, milliseconds, score, body
        case Refused():
            return Status.REFUSED, 0.0, 0.0, orjson.dumps([outcome.field, outcome.message])
        case Failure(reason=reason):
            return Status.FAILED, 0.0, 0.0, reason.encode(errors="replace")
        case _:
            return Status.EXPIRED, 0.0, 0.0, b""


class ReplyBuffer:
    """Cuts replies out of whatever arrives."""

    def __init__(self) -> None:
        self._data = bytearray()

    def feed(self, data: bytes) -> list[Reply]:
        """Add bytes; replies that are complete."""
        self._data += data
        replies = []
        while (reply := self._next()) is not None:
            replies.append(reply)
        return replies

    def _next(self) -> Reply | None:
        if len(self._data) < _REPLY.size:
            return None
        size, number, status, milliseconds, score = _REPLY.unpack_from(self._data)
        if size > _MAX_REPLY_BYTES:
            raise ValueError(f"a reply of {size} bytes: the child writes nonsense")
        end = _REPLY.size + size
        if len(self._data) < end:
            return None
        body = bytes(self._data[_REPLY.size : end])
        del self._data[:end]
        return Reply(number, Status(status), _outcome(Status(status), milliseconds, score, body))


def _outcome(status: Status, milliseconds: float, score: float, body: bytes) -> Outcome:
    match status:
        case Status.SCORED:
            return Scored(body, score, milliseconds)
        case Status.SCORED_WITHOUT_SCORE:
            return Scored(body, None, milliseconds)
        case Status.REFUSED:
            field, message = orjson.loads(body)
            return Refused(field, message)
        case Status.FAILED:
            return Failure(body.decode())
        case Status.EXPIRED:
            return Failure("its deadline passed while it waited")


def pack_bundle(bundle: Bundle) -> bytes:
    """Encode a bundle whole: the child needs no store and no credentials."""
    files = sorted(bundle.files.items())
    head = orjson.dumps(
        {
            "digest": bundle.digest,
            "manifest": manifest_to_json(bundle.manifest).decode(),
            "files": [[name, len(data)] for name, data in files],
        }
    )
    return b"".join([_LENGTH.pack(len(head)), head, *(data for _, data in files)])


def unpack_bundle(data: bytes) -> Bundle:
    """Decode a bundle; the server has verified it."""
    (size,) = _LENGTH.unpack_from(data)
    position = _LENGTH.size + size
    head = orjson.loads(data[_LENGTH.size : position])
    files = {}
    for name, length in head["files"]:
        files[name] = data[position : position + length]
        position += length
    manifest = manifest_from_json(head["manifest"].encode())
    return Bundle(digest=Digest(head["digest"]), manifest=manifest, files=files)
