"""The version in production, scored in this process."""

import asyncio
from concurrent.futures import Executor
from functools import partial
from types import ModuleType

from windlass.domain.bundle import Bundle, Manifest
from windlass.domain.routing import Routed
from windlass.serving.counters import Tally
from windlass.serving.guard import Failure
from windlass.serving.scoring import Call, Loaded, Outcome, Scored, load, score

_INLINE_MILLISECONDS = 10.0
"""A scorer that usually takes longer would hold up health and admin requests in the event loop.

Generous, since the clock also runs while a busy machine lets other processes work.
"""

_MEMORY = 0.05
"""Weight of the newest request in the usual time."""


class Champion:
    """A loaded bundle. A scorer is not thread-safe, so the loop has one and the lane another."""

    def __init__(self, *, routed: Routed, manifest: Manifest, here: Loaded, aside: Loaded) -> None:
        self.routed = routed
        self.manifest = manifest
        self._here = here
        self._aside = aside
        self._usual = 0.0

    @classmethod
    def load(cls, loader: ModuleType, routed: Routed, bundle: Bundle) -> "Champion | Failure":
        """Load a bundle that a child process has loaded before; blocks."""
        here, aside = load(loader, bundle), load(loader, bundle)
        if isinstance(here, Failure):
            return here
        if isinstance(aside, Failure):
            return aside
        return cls(routed=routed, manifest=bundle.manifest, here=here, aside=aside)

    async def answer(self, call: Call, lane: Executor) -> Outcome:
        """Score a request: at once when that is quick, else in the lane, a single thread."""
        if not call.large and self._usual <= _INLINE_MILLISECONDS:
            outcome = score(self._here, call)
        else:
            loop = asyncio.get_running_loop()
            outcome = await loop.run_in_executor(lane, partial(score, self._aside, call))
        if not call.large and isinstance(outcome, Scored):
            self._usual += _MEMORY * (outcome.milliseconds - self._usual)
        return outcome


class Production:
    """A champion with its counts."""

    def __init__(self, champion: Champion, tally: Tally) -> None:
        self.champion = champion
        self.tally = tally
