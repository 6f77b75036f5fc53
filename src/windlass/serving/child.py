"""The child process that scores a candidate: whatever the bundle does, it does it here.

Started by `link.py`. It reads requests from one socket and scores them one after the other, large
tables in a thread beside, so that they don't make small requests late. It ends with its parent: by
signal where the kernel offers that, else when its standard input closes.
"""

import contextlib
import ctypes
import faulthandler
import gc
import logging
import os
import resource
import signal
import socket
import sys
import threading
import time
from functools import partial
from importlib import import_module
from pathlib import Path
from queue import SimpleQueue
from types import ModuleType
from typing import BinaryIO

from windlass.domain.bundle import Bundle
from windlass.serving.frames import LOAD, Request, pack_reply, read_request, unpack_bundle
from windlass.serving.guard import Complaints, Failure, attempt
from windlass.serving.scoring import LARGE_BYTES, Call, Kind, Loaded, Scored, load, score

logger = logging.getLogger("windlass.serving.child")

_PR_SET_PDEATHSIG = 1

_SWITCH_SECONDS = 0.0005
"""How long a table may hold up a small request."""


def main(arguments: list[str]) -> None:
    """Serve the socket named in the arguments: descriptor, loader module, parent, memory."""
    descriptor, loader, parent, memory = arguments
    faulthandler.enable()
    _end_with_parent(int(parent))
    sys.setswitchinterval(_SWITCH_SECONDS)
    connection = socket.socket(fileno=int(descriptor))
    serve(connection, import_module(loader), int(memory))


def serve(connection: socket.socket, loader: ModuleType, memory: int) -> None:
    """Load the bundle of the first frame, then answer until the other end closes."""
    with connection, connection.makefile("rb") as stream:
        first = read_request(stream.read)
        if first is None or first.kind != LOAD:
            return
        loaded = attempt(partial(_load, loader, first.body, memory))
        if isinstance(loaded, Failure):
            Complaints(logger).about("the bundle can't be loaded", loaded)
            connection.sendall(pack_reply(0, loaded))
            return
        # what is loaded stays: no collection has to look at it again
        gc.freeze()
        connection.sendall(pack_reply(0, Scored(b"", None, 0.0)))
        _answer(stream, *(_Desk(connection, each) for each in loaded))


def _load(loader: ModuleType, data: bytes, memory: int) -> tuple[Loaded, Loaded] | Failure:
    bundle: Bundle = unpack_bundle(data)
    loader.prepare(bundle.manifest)
    _bound_memory(memory)
    # twice, for two threads: a scorer is not thread-safe
    for_rows, for_tables = load(loader, bundle), load(loader, bundle)
    if isinstance(for_rows, Failure):
        return for_rows
    return for_tables if isinstance(for_tables, Failure) else (for_rows, for_tables)


def _answer(stream: BinaryIO, rows: "_Desk", tables: "_Desk") -> None:
    waiting: SimpleQueue[Request] = SimpleQueue()
    threading.Thread(target=_answer_tables, args=(waiting, tables), daemon=True).start()
    while (request := read_request(stream.read)) is not None:
        if len(request.body) > LARGE_BYTES:
            waiting.put(request)
        else:
            rows.answer(request)


def _answer_tables(waiting: "SimpleQueue[Request]", tables: "_Desk") -> None:
    # the socket is closed under it when the process ends
    with contextlib.suppress(OSError):
        while True:
            tables.answer(waiting.get())


class _Desk:
    """Answers requests with a scorer of its own."""

    _sending = threading.Lock()

    def __init__(self, connection: socket.socket, loaded: Loaded) -> None:
        self._connection = connection
        self._loaded = loaded
        self._complaints = Complaints(logger)

    def answer(self, request: Request) -> None:
        """Score a request unless its deadline has passed, and send the outcome."""
        outcome = None
        if time.monotonic() <= request.expires:
            outcome = score(self._loaded, Call(Kind(request.kind), request.body))
        if isinstance(outcome, Failure):
            self._complaints.about("the candidate failed on a request", outcome)
        reply = pack_reply(request.number, outcome)
        with self._sending:
            self._connection.sendall(reply)


def _bound_memory(memory: int) -> None:
    """Bound what the bundle may allocate on top of the code that is loaded by now."""
    with contextlib.suppress(OSError, ValueError):
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        limit = pages * resource.getpagesize() + memory
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _end_with_parent(parent: int) -> None:
    # Ctrl-C reaches the whole process group; the parent still needs answers while it drains
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_watch_input, daemon=True).start()
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        _offer_to_memory_killer()
    if os.getppid() != parent:
        sys.exit("the server that started this process is gone")


def _watch_input() -> None:
    # not sys.stdin: its lock would be held when the interpreter ends
    while os.read(0, 1):
        continue
    os._exit(0)


def _offer_to_memory_killer() -> None:
    """When the machine runs out of memory, this process goes before the server does."""
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")


if __name__ == "__main__":
    main(sys.argv[1:])
