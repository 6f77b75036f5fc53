"""A small HTTP server that keeps what it is sent and answers as a test wants."""

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import NamedTuple


class Received(NamedTuple):
    """A request that came in."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def document(self) -> object:
        """The body as JSON."""
        found: object = json.loads(self.body)
        return found


@dataclass(slots=True, kw_only=True)
class Sink:
    """Its address, what it got, and what it answers."""

    url: str
    status: int = 200
    body: bytes = b"{}"
    first_statuses: list[int] = field(default_factory=list)
    """Answers to the first requests, before `status` holds."""
    received: list[Received] = field(default_factory=list)
    talking: Event = field(default_factory=Event)
    """While cleared, requests wait for their answer."""


@contextmanager
def http_sink() -> Iterator[Sink]:
    """Serve until the block ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    sink = Sink(url=f"http://127.0.0.1:{server.server_address[1]}")
    sink.talking.set()
    server.sink = sink  # type: ignore[attr-defined]  # the handler has no other way to it
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield sink
    finally:
        sink.talking.set()
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    def _answer(self) -> None:
        sink: Sink = self.server.sink  # type: ignore[attr-defined]  # set by http_sink
        length = int(self.headers.get("content-length", 0))
        received = Received(
            self.command,
            self.path,
            {name.lower(): value for name, value in self.headers.items()},
            self.rfile.read(length),
        )
        sink.received.append(received)
        sink.talking.wait(timeout=10)
        with suppress(ConnectionError):
            first = sink.first_statuses
            self.send_response(first.pop(0) if first else sink.status)
            self.send_header("content-length", str(len(sink.body)))
            self.end_headers()
            self.wfile.write(sink.body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _answer  # noqa: N815 - the base class's names

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""
