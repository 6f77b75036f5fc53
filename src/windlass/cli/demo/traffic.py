"""Requests that keep flowing while versions change behind them."""

import http.client
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

_TIMEOUT = 10.0
VERSION_HEADER = "x-model-version"


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back of one request."""

    status: int
    version: str
    body: bytes


@dataclass(slots=True)
class Tally:
    """What all clients counted."""

    sent: int = 0
    failed: int = 0
    by_version: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, reply: Reply | None) -> None:
        """Add one request; None stands for no answer at all."""
        with self._lock:
            self.sent += 1
            if reply is None or reply.status != 200:
                self.failed += 1
            else:
                self.by_version[reply.version] += 1

    def __str__(self) -> str:
        """Return the counts in one line."""
        answers = ", ".join(f"{n} by version {v}" for v, n in sorted(self.by_version.items()))
        return f"{self.sent} requests, {self.failed} failed; {answers or 'none answered'}"


@dataclass(slots=True, kw_only=True)
class Load:
    """How much to send; the rate may change at any time."""

    url: str
    body: bytes
    clients: int = 4
    per_second: float
    """Of all clients together."""


@contextmanager
def flowing(load: Load) -> Iterator[Tally]:
    """Send requests until the block ends, over connections that are kept open."""
    tally, stopping = Tally(), threading.Event()
    threads = [
        threading.Thread(target=_send_forever, args=(load, tally, stopping), daemon=True)
        for _ in range(load.clients)
    ]
    for thread in threads:
        thread.start()
    try:
        yield tally
    finally:
        stopping.set()
        for thread in threads:
            thread.join()


def ask(url: str, body: bytes) -> Reply:
    """Send one request; OSError or HTTPException when there is no answer."""
    connection = _connection(url)
    try:
        return _exchange(connection, body)
    finally:
        connection.close()


def _send_forever(load: Load, tally: Tally, stopping: threading.Event) -> None:
    connection = _connection(load.url)
    due = time.monotonic()
    while not stopping.wait(max(0.0, due - time.monotonic())):
        pause = load.clients / load.per_second
        due = max(due + pause, time.monotonic() - pause)
        try:
            tally.count(_exchange(connection, load.body))
        except (OSError, http.client.HTTPException):
            tally.count(None)
            connection.close()
    connection.close()


def _connection(url: str) -> http.client.HTTPConnection:
    parts = urlsplit(url)
    return http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=_TIMEOUT)


def _exchange(connection: http.client.HTTPConnection, body: bytes) -> Reply:
    connection.request("POST", "/predict", body, {"content-type": "application/json"})
    response = connection.getresponse()
    return Reply(response.status, response.getheader(VERSION_HEADER, "?"), response.read())
