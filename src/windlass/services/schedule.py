"""When each promotion is looked at: on a wake, when it asked for it, and in the rounds of a sweep.

One lock per model: two promotions of a model are never reconciled at once, those of different
models are.
"""

import logging
import random
import threading
import time
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from windlass.domain.errors import WindlassError
from windlass.domain.names import ModelName, Version
from windlass.domain.promotion.controls import controls_of
from windlass.domain.promotion.promotion import Promotion, PromotionKey
from windlass.domain.promotion.status import Phase
from windlass.services.reconciler import Outcome, Reconciler
from windlass.services.waiting import Wait, Waiting

_LOG = logging.getLogger(__name__)

SWEEP_SECONDS = 5.0
"""Between two sweeps, give or take a fifth."""
SHARES, FEW = 4, 50
"""A sweep looks at one share of the champions, at all where there are few: each is looked at
within 24 seconds however many there are."""
_BACKOFF_FIRST, _BACKOFF_MOST = 0.5, 10.0


def watched(promotions: Iterable[Promotion], number: int) -> tuple[Promotion, ...]:
    """Those that sweep `number` looks at: open ones, unfinished deletions, a share of champions."""
    found, latest = list[Promotion](), dict[ModelName, Promotion]()
    known = tuple(promotions)
    undone = _undone(known)
    for promotion in known:
        status = promotion.status
        if not status.phase.terminal or promotion.finalized:
            found.append(promotion)
        elif status.phase is Phase.SUCCEEDED and promotion.key not in undone:
            best = latest.get(promotion.spec.model)
            if best is None or _finished(best) < _finished(promotion):
                latest[promotion.spec.model] = promotion
    few = len(latest) <= FEW
    share = (each for each in latest.values() if few or _share(each) == number % SHARES)
    return (*found, *share)


def unanswered(promotion: Promotion) -> bool:
    """Whether somebody waits: for a first look, at a changed spec, for an answer to a control."""
    unseen = promotion.generation != promotion.status.observed_generation
    return unseen or bool(controls_of(promotion.annotations))


def _share(promotion: Promotion) -> int:
    return zlib.crc32(str(promotion.key).encode()) % SHARES


def _undone(promotions: Sequence[Promotion]) -> frozenset[PromotionKey]:
    """Those that succeeded and whose version was rolled back since, by another promotion of it."""
    back = dict[tuple[ModelName, Version | None], tuple[str, PromotionKey]]()
    for each in promotions:
        if each.status.phase is Phase.ROLLED_BACK:
            back[_what(each)] = max(back.get(_what(each), _finished(each)), _finished(each))
    return frozenset(
        each.key
        for each in promotions
        if each.status.phase is Phase.SUCCEEDED
        and _what(each) in back
        and _finished(each) < back[_what(each)]
    )


def _what(promotion: Promotion) -> tuple[ModelName, Version | None]:
    candidate = promotion.status.candidate
    return promotion.spec.model, candidate.version if candidate is not None else None


def _finished(promotion: Promotion) -> tuple[str, PromotionKey]:
    moment = promotion.status.finished_at or promotion.created_at
    return moment.isoformat(), promotion.key


def _ignore(*_: object) -> None:
    """Nobody listens."""


@dataclass(slots=True)
class Schedule:
    """Runs a reconciler in threads until it is stopped."""

    reconciler: Reconciler
    workers: int = 4
    on_sweep: Callable[[Sequence[Promotion]], None] = _ignore
    """Told of all promotions at each sweep that succeeded."""
    on_round: Callable[[], None] = _ignore
    """Told after each sweep, failed ones too: the thread that sweeps goes on."""
    on_fault: Callable[[], None] = _ignore
    """Told of each look that met a fault."""
    _waiting: Waiting = field(default_factory=Waiting)
    _failures: dict[PromotionKey, int] = field(default_factory=dict)
    _looked_at: dict[PromotionKey, float] = field(default_factory=dict)
    _sweeps: int = 0
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _stopping: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        """Start the workers and the sweep."""
        for target in [self._work] * self.workers + [self._sweep_forever]:
            thread = threading.Thread(target=target, name="reconciler", daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self, timeout: float = 10.0) -> None:
        """Let the workers finish what they are doing."""
        self._stopping.set()
        with self._changed:
            self._changed.notify_all()
        deadline = time.monotonic() + timeout
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    @property
    def alive(self) -> bool:
        """Whether every thread still runs."""
        return all(thread.is_alive() for thread in self._threads)

    def wake(
        self, key: PromotionKey, model: ModelName, delay: float = 0.0, *, routine: bool = False
    ) -> None:
        """Look at a promotion soon, at a `routine` one after those that something happened to."""
        with self._changed:
            self._waiting.add(key, model, time.monotonic() + delay, routine=routine)
            self._changed.notify()

    def sweep(self) -> None:
        """Wake all that a sweep covers. Raises SystemUnavailable without the store."""
        promotions = self.reconciler.outside.promotions.list()
        before = time.monotonic() - SWEEP_SECONDS * 0.8
        for promotion in watched(promotions, self._sweeps):
            asked = unanswered(promotion)
            if asked or self._looked_at.get(promotion.key, before) <= before:
                self.wake(promotion.key, promotion.spec.model, routine=not asked)
        self._sweeps += 1
        for key in self._looked_at.keys() - {promotion.key for promotion in promotions}:
            self._looked_at.pop(key, None)
        self.on_sweep(promotions)

    def _sweep_forever(self) -> None:
        pause = 0.0
        while not self._stopping.wait(pause):
            try:
                self.sweep()
            except WindlassError as fault:
                _LOG.warning("sweep: %s", fault)
            self.on_round()
            pause = SWEEP_SECONDS * random.uniform(0.8, 1.2)

    def _work(self) -> None:
        while (taken := self._take()) is not None:
            key, model = taken.key, taken.model
            try:
                self._plan(key, model, self.reconciler.reconcile(key))
            except WindlassError as fault:
                _LOG.warning("%s: %s", key, fault)
                self._back_off(key, model)
            except Exception:  # noqa: BLE001 - a defect met by one must not stop the others
                _LOG.exception("%s: unexpected; it is tried again", key)
                self._back_off(key, model)
            finally:
                self._looked_at[key] = time.monotonic()
                with self._changed:
                    self._waiting.free(model)

    def _take(self) -> Wait | None:
        """Wait for a due key whose model nobody works on, and lock that; None when stopping."""
        with self._changed:
            while not self._stopping.is_set():
                now = time.monotonic()
                if (found := self._waiting.take(now)) is not None:
                    return found
                soon = self._waiting.next_at()
                self._changed.wait(None if soon is None else soon - now)
            return None

    def _plan(self, key: PromotionKey, model: ModelName, outcome: Outcome) -> None:
        if outcome.faulty:
            self._back_off(key, model)
            return
        self._failures.pop(key, None)
        if outcome.again_at is not None:
            now = self.reconciler.outside.clock.now()
            self.wake(key, model, max(0.0, (outcome.again_at - now).total_seconds()))

    def _back_off(self, key: PromotionKey, model: ModelName) -> None:
        self.on_fault()
        failures = self._failures.get(key, 0)
        self._failures[key] = failures + 1
        delay = min(_BACKOFF_MOST, _BACKOFF_FIRST * 2.0 ** min(failures, 10))
        self.wake(key, model, delay * random.uniform(0.8, 1.2))
