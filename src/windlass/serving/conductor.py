"""Accepts routing documents and has them carried out.

Level-based, as the reconciler is: a document, a lost process and a store that is back all lead to
the same pass, and a pass that is overtaken by a newer document is broken off.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Protocol

from windlass.domain.errors import Conflict
from windlass.domain.routing import Routed, Routing
from windlass.serving.desk import Desk

logger = logging.getLogger(__name__)

_PAUSES = (0.5, 1.0, 2.0, 5.0, 10.0)
"""Seconds until the next try while a system does not answer; the last one repeats."""


class Passes(Protocol):
    """What carries a document out; Loading is the one."""

    async def bring(self, routing: Routing, lost: Callable[[], None]) -> bool:
        """Do one pass; whether to try again later. `lost` is called when a process goes."""

    async def stop(self) -> None:
        """End all child processes."""


class Conductor:
    """Keeps time between the desk, which knows what to obey, and the loading."""

    def __init__(self, desk: Desk, loading: Passes, settle_seconds: float) -> None:
        self._desk = desk
        self._loading = loading
        self._settle_seconds = settle_seconds
        self._wake = asyncio.Event()
        self._settled = asyncio.Event()

    def accept(self, routing: Routing) -> None:
        """Obey a document from now on; Conflict when a newer one is obeyed."""
        if self._desk.obey(routing):
            self._begin()

    def accept_known(self, routing: Routing) -> None:
        """Obey a document of unknown age, kept or mounted, unless a newer one is obeyed."""
        if routing.generation == 0 and routing.champion is not None:
            self.champion_from_registry(routing.champion)
            return
        try:
            self.accept(routing)
        except Conflict as conflict:
            logger.info("a routing document was passed over: %s", conflict)

    def champion_from_registry(self, champion: Routed) -> None:
        """Serve the registry's champion for as long as there is no document."""
        found = Routing(generation=0, champion=champion)
        if self._desk.routing.generation == 0 and self._desk.routing != found:
            self._desk.replace(found)
            self._begin()

    def _begin(self) -> None:
        self._settled.clear()
        self._wake.set()

    async def settled(self) -> None:
        """Wait until loading has come to an end, good or bad, or takes too long to wait for."""
        try:
            await asyncio.wait_for(self._settled.wait(), self._settle_seconds)
        except TimeoutError:
            logger.warning("loading goes on after %g s", self._settle_seconds)

    def let_go(self) -> None:
        """Keep nobody waiting: the server ends."""
        self._settled.set()

    async def run(self) -> None:
        """Work until cancelled, then end all child processes."""
        tries = 0
        try:
            while True:
                await self._pause(tries)
                self._wake.clear()
                work = self._loading.bring(self._desk.routing, self._wake.set)
                again = await self._unless_overtaken(work)
                tries = tries + 1 if again else 0
        finally:
            await self._loading.stop()

    async def _pause(self, tries: int) -> None:
        seconds = _PAUSES[min(tries, len(_PAUSES)) - 1] if tries else None
        try:
            await asyncio.wait_for(self._wake.wait(), seconds)
        except TimeoutError:
            return

    async def _unless_overtaken(self, work: Coroutine[object, object, bool]) -> bool:
        passing = asyncio.ensure_future(work)
        overtaken = asyncio.ensure_future(self._wake.wait())
        try:
            await asyncio.wait({passing, overtaken}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            overtaken.cancel()
            passing.cancel()
            await asyncio.gather(passing, overtaken, return_exceptions=True)
        if passing.cancelled():
            return False
        error = passing.exception()
        if error is not None:
            logger.error("loading failed in a way nobody foresaw", exc_info=error)
        if not self._wake.is_set():
            self._settled.set()
        return error is not None or passing.result()
