"""The version on trial: its child process, its share, and when the server stops sending to it."""

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from typing import Protocol

from windlass.domain.routing import Routed
from windlass.serving.counters import Tally
from windlass.serving.guard import Failure
from windlass.serving.link import Receiver, settle
from windlass.serving.scoring import Call, Outcome
from windlass.serving.split import Counter, salt_of, takes_entity

logger = logging.getLogger(__name__)

_MAX_STARTS = 4
"""A process that was lost is started again, but not for ever."""


class Process(Protocol):
    """What a candidate asks of the process that scores it; a Link is one."""

    @property
    def busy(self) -> bool:
        """Whether anybody waits for an answer."""

    def on_loss(self, act: Callable[[], None]) -> None:
        """Call `act` when the process is lost, before requests that wait for it hear of it."""

    def submit(self, call: Call, receive: Receiver) -> None:
        """Send a request; `receive` gets the outcome within the deadline, maybe at once."""

    async def close(self) -> None:
        """Let requests that wait have their answers, then end the process."""

    async def end(self) -> str:
        """End the process now; how it ended."""


class Candidate:
    """One bundle on trial, from the document that names it to the one that doesn't."""

    def __init__(self, routed: Routed, tally: Tally, failures_in_a_row: int) -> None:
        self.routed = routed
        self.tally = tally
        self.problem: str | None = None
        """Why it can't be loaded; final for this generation of the routing."""
        self.suspended = False
        self.weight = 0
        self.shadow = False
        self._salt = salt_of(routed.digest)
        self._counter = Counter()
        self._process: Process | None = None
        self._limit = failures_in_a_row
        self._in_a_row = 0
        self._starts = 0

    @property
    def loaded(self) -> bool:
        """Whether a process has loaded it and repeated its golden request."""
        return self._process is not None

    @property
    def shadows(self) -> bool:
        """Whether it scores what the champion answers."""
        return self.shadow and self._process is not None and not self.suspended

    def takes(self, key: bytes | None) -> bool:
        """Whether the next request is its own."""
        if self.shadow or not self.weight or self._process is None or self.suspended:
            return False
        if key is None:
            return self._counter.takes_next(self.weight)
        return takes_entity(self._salt, key, self.weight)

    def renew(self) -> None:
        """Give it another chance: a new document names it."""
        self.problem, self.suspended = None, False
        self._in_a_row = self._starts = 0

    def may_start_again(self) -> bool:
        """Count a start that failed by bad luck; whether there is another."""
        self._starts += 1
        return self._starts < _MAX_STARTS

    def attach(self, process: Process, lost: Callable[[], None]) -> None:
        """Score with this process from now on; `lost` is called should it go."""
        self._process = process
        self._starts += 1
        process.on_loss(partial(self._lose, lost))

    def _lose(self, lost: Callable[[], None]) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if not process.busy:
            self.tally.failed()
        self._count_failure("its process is gone")
        if self._starts >= _MAX_STARTS:
            self.problem = f"its process was lost {self._starts} times"
        lost()

    def submit(self, call: Call, receive: Receiver) -> None:
        """Let it score; the outcome comes within the deadline."""
        if self._process is None:
            receive(Failure("its process is gone"))
        else:
            self._process.submit(call, receive)

    async def answer(self, call: Call) -> Outcome:
        """Let it score and wait for the outcome."""
        outcome: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self.submit(call, partial(settle, outcome))
        return await outcome

    def succeeded(self) -> None:
        """It answered: failures in a row start anew."""
        self._in_a_row = 0

    def failed(self, reason: str) -> None:
        """Count a request that somebody else had to answer."""
        self.tally.failed()
        # all requests that were with a process when it died are one failure in a row
        if self._process is not None:
            self._count_failure(reason)

    def _count_failure(self, reason: str) -> None:
        self._in_a_row += 1
        if self._in_a_row >= self._limit and not self.suspended:
            self.suspended = True
            version, count = self.routed.version, self._in_a_row
            logger.warning(
                "candidate version %s gets no more requests: %d failures in a row, the last: %s",
                version,
                count,
                reason,
            )

    def detach(self) -> Process | None:
        """Take its process away, to be closed."""
        process, self._process = self._process, None
        return process
