"""Our side of a child process: sends requests, matches replies, keeps the deadline."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import NamedTuple, cast

from windlass.domain.bundle import Bundle
from windlass.serving.background import in_thread
from windlass.serving.config import Limits
from windlass.serving.frames import LOAD, ReplyBuffer, Request, pack_bundle, pack_request
from windlass.serving.guard import Failure, attempt
from windlass.serving.process import KILLED, ChildProcess
from windlass.serving.scoring import LARGE_BYTES, Call, Outcome

_MAX_UNSENT_BYTES = 8 * 1024 * 1024
_SILENCE_SECONDS = 5.0
"""A child that owes an answer for so long hangs, and is ended."""
_CLOSE_SECONDS = 5.0
"""How long a child that is no longer needed may go on with what it was asked."""
_STEP_SECONDS = 0.05

Receiver = Callable[[Outcome], None]


class _Waiting(NamedTuple):
    receive: Receiver
    timer: asyncio.TimerHandle
    sent: float


class Link(asyncio.Protocol):
    """A child process and what it owes us. `start` makes one whose bundle is loaded and probed."""

    def __init__(self, process: ChildProcess, limits: Limits) -> None:
        self._process = process
        self._limits = limits
        self._loop = asyncio.get_running_loop()
        self._replies = ReplyBuffer()
        self._waiting: dict[int, _Waiting] = {}
        self._number = 0
        self._owed = 0
        """Requests sent and not answered, those given up included."""
        self._heard = 0.0
        """When it last answered, or last owed nothing."""
        self._transport: asyncio.Transport | None = None
        self._on_loss: Callable[[], None] = _nothing
        self.lost = asyncio.Event()
        """Set once the process is gone or its end of the socket is."""

    @classmethod
    async def start(cls, loader: str, bundle: Bundle, limits: Limits) -> "Link | Failure":
        """Start a child, let it load `bundle` and repeat its golden request."""
        process = attempt(partial(ChildProcess.start, loader, limits.child_memory_bytes))
        if isinstance(process, Failure):
            # the machine's fault, not the bundle's
            return replace(process, transient=True)
        link = cls(process, limits)
        try:
            await link._loop.create_connection(lambda: link, sock=process.connection)
            problem = await link._load(bundle)
        except asyncio.CancelledError:
            await asyncio.shield(link.end())
            raise
        return link if problem is None else problem

    @property
    def pid(self) -> int:
        """Process id of the child."""
        return self._process.pid

    @property
    def busy(self) -> bool:
        """Whether anybody waits for an answer."""
        return bool(self._waiting)

    def on_loss(self, act: Callable[[], None]) -> None:
        """Call `act` when the process is lost, before requests that wait for it hear of it."""
        self._on_loss = act
        if self.lost.is_set():
            act()

    def submit(self, call: Call, receive: Receiver) -> None:
        """Send a request; `receive` gets the outcome within the deadline, maybe at once."""
        if self._transport is None or self.lost.is_set():
            receive(Failure("its process is gone"))
        elif self._is_full(self._transport):
            receive(Failure("its queue is full"))
        else:
            self._number = self._number % 0xFFFF_FFFF + 1
            # a large table may take longer than a row
            seconds = self._limits.deadline_ms / 1000 * (1 + len(call.body) // LARGE_BYTES)
            request = Request(self._number, call.kind, time.monotonic() + seconds, call.body)
            self._send(pack_request(request), receive, seconds)

    def _is_full(self, transport: asyncio.Transport) -> bool:
        waiting, unsent = len(self._waiting), transport.get_write_buffer_size()
        return waiting >= self._limits.queue_size or unsent > _MAX_UNSENT_BYTES

    def _send(self, frame: bytes, receive: Receiver, seconds: float) -> None:
        if self._transport is None:
            receive(Failure("its process is gone"))
            return
        number = self._number
        timer = self._loop.call_later(seconds, self._give_up, number, seconds)
        now = self._loop.time()
        self._waiting[number] = _Waiting(receive, timer, now)
        if not self._owed:
            self._heard = now
        self._owed += 1
        self._transport.write(frame)

    def _give_up(self, number: int, seconds: float) -> None:
        waiting = self._waiting.pop(number, None)
        if waiting is not None:
            self._loop.call_later(_SILENCE_SECONDS, self._check_silence)
            waiting.receive(Failure(f"no answer within {seconds * 1000:g} ms"))

    def _check_silence(self) -> None:
        # a large table may well take longer, within its own deadline
        at_work = any(each.sent <= self._heard for each in self._waiting.values())
        silent = self._loop.time() - self._heard >= _SILENCE_SECONDS
        if self._owed and silent and not at_work:
            self._process.kill()

    async def _load(self, bundle: Bundle) -> Failure | None:
        # in a thread: a bundle may be large
        frame = await in_thread(lambda: pack_request(Request(0, LOAD, 0.0, pack_bundle(bundle))))
        if isinstance(frame, Failure):
            await self.end()
            return frame
        answered: asyncio.Future[Outcome] = self._loop.create_future()
        self._send(frame, partial(settle, answered), self._limits.probe_seconds)
        outcome = await answered
        if not isinstance(outcome, Failure):
            return None
        died = self.lost.is_set()
        ending = await self.end()
        if not died:
            return outcome
        return Failure(f"its process {ending} while loading", unlucky=ending == KILLED)

    async def close(self) -> None:
        """Let requests that wait have their answers, then end the process."""
        last = self._loop.time() + _CLOSE_SECONDS
        while self._waiting and self._loop.time() < last:
            await asyncio.sleep(_STEP_SECONDS)
        await self.end()

    async def end(self) -> str:
        """End the process now; how it ended."""
        if self._transport is not None:
            self._transport.abort()
        return await self._process.end()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where to write."""
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Give each reply to whom it is for; those given up are let go."""
        for reply in self._replies.feed(data):
            self._owed -= 1
            self._heard = self._loop.time()
            waiting = self._waiting.pop(reply.number, None)
            if waiting is not None:
                waiting.timer.cancel()
                waiting.receive(reply.outcome)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell everybody who waits."""
        self.lost.set()
        self._on_loss()
        waiting, self._waiting = self._waiting, {}
        for each in waiting.values():
            each.timer.cancel()
            each.receive(Failure("its process is gone"))


def settle(future: asyncio.Future[Outcome], outcome: Outcome) -> None:
    """Resolve a future that may have been cancelled."""
    if not future.done():
        future.set_result(outcome)


def _nothing() -> None:
    """Nobody asked to be told."""
