"""Which key is looked at next: those that something happened to, before those of a round."""

import heapq
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field

from windlass.domain.names import ModelName
from windlass.domain.promotion.promotion import PromotionKey

PATIENCE_SECONDS = 10.0
"""After so long a key of a round is urgent, too."""
TURNS = 4
"""While there is always something urgent, each so many-th key is of a round that waits too long."""


@dataclass(frozen=True, slots=True, order=True)
class Wait:
    """One key that waits."""

    at: float
    """When it may be taken; the caller's clock."""
    number: int
    """Of equals the first comes first."""
    key: PromotionKey = field(compare=False)
    model: ModelName = field(compare=False)
    routine: bool = field(compare=False)


@dataclass(slots=True)
class Waiting:
    """A queue without doubles that gives out one key per model at a time. Not thread-safe."""

    _waits: dict[PromotionKey, Wait] = field(default_factory=dict)
    _urgent: list[Wait] = field(default_factory=list)
    _routine: list[Wait] = field(default_factory=list)
    _busy: set[ModelName] = field(default_factory=set)
    _parked: dict[ModelName, list[Wait]] = field(default_factory=dict)
    """Due, but another key of the model is out."""
    _turn: int = 0
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def add(self, key: PromotionKey, model: ModelName, at: float, *, routine: bool) -> None:
        """Let a key wait; of one that waits already, the earlier and the more urgent holds."""
        known = self._waits.get(key)
        if known is not None:
            if known.at <= at and known.routine <= routine:
                return
            at, routine = min(at, known.at), routine and known.routine
        wait = Wait(at, next(self._numbers), key, model, routine)
        self._waits[key] = wait
        heapq.heappush(self._heap_of(wait), wait)

    def take(self, now: float) -> Wait | None:
        """Give out the next key that is due and lock its model, until `free`."""
        self._turn = (self._turn + 1) % TURNS
        overdue = None if self._turn else self._next_of(self._routine, now - PATIENCE_SECONDS)
        found = overdue or self._next_of(self._urgent, now) or self._next_of(self._routine, now)
        if found is not None:
            del self._waits[found.key]
            self._busy.add(found.model)
        return found

    def free(self, model: ModelName) -> None:
        """Unlock a model."""
        self._busy.discard(model)
        for wait in self._parked.pop(model, ()):
            heapq.heappush(self._heap_of(wait), wait)

    def next_at(self) -> float | None:
        """When the next key will be due that isn't yet; None when nothing is known to come."""
        return min((heap[0].at for heap in (self._urgent, self._routine) if heap), default=None)

    def _next_of(self, heap: list[Wait], now: float) -> Wait | None:
        while heap and heap[0].at <= now:
            wait = heapq.heappop(heap)
            if self._waits.get(wait.key) is not wait:
                continue  # another took its place
            if wait.model not in self._busy:
                return wait
            self._parked.setdefault(wait.model, []).append(wait)
        return None

    def _heap_of(self, wait: Wait) -> list[Wait]:
        return self._routine if wait.routine else self._urgent
