"""When each promotion is looked at: on a wake, when it asked for it, and in every sweep.

One lock per model: two promotions of a model are never reconciled at once, those of different
models are.
"""

import logging
import random
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from windlass.domain.errors import SystemUnavailable, WindlassError
from windlass.domain.names import ModelName
from windlass.domain.promotion.promotion import Promotion, PromotionKey
from windlass.domain.promotion.status import Phase
from windlass.services.reconciler import Outcome, Reconciler

_LOG = logging.getLogger(__name__)

SWEEP_SECONDS = 5.0
"""Between two sweeps, give or take a fifth."""
_BACKOFF_FIRST, _BACKOFF_MOST = 0.5, 10.0


def watched(promotions: Iterable[Promotion]) -> tuple[tuple[PromotionKey, ModelName], ...]:
    """Those a sweep looks at: open ones, unfinished deletions, and each model's latest success."""
    found, latest = list[Promotion](), dict[ModelName, Promotion]()
    for promotion in promotions:
        status = promotion.status
        if not status.phase.terminal or promotion.finalized:
            found.append(promotion)
        elif status.phase is Phase.SUCCEEDED:
            best = latest.get(promotion.spec.model)
            if best is None or _finished(best) < _finished(promotion):
                latest[promotion.spec.model] = promotion
    return tuple((p.key, p.spec.model) for p in (*found, *latest.values()))


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
    on_fault: Callable[[], None] = _ignore
    """Told of each look that met a fault."""
    _due: dict[PromotionKey, float] = field(default_factory=dict)
    _models: dict[PromotionKey, ModelName] = field(default_factory=dict)
    _busy: set[ModelName] = field(default_factory=set)
    _failures: dict[PromotionKey, int] = field(default_factory=dict)
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _stopping: bool = False
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        """Start the workers and the sweep."""
        for target in [self._work] * self.workers + [self._sweep_forever]:
            thread = threading.Thread(target=target, name="reconciler", daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self, timeout: float = 10.0) -> None:
        """Let the workers finish what they are doing."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        deadline = time.monotonic() + timeout
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    @property
    def alive(self) -> bool:
        """Whether every thread still runs."""
        return all(thread.is_alive() for thread in self._threads)

    def wake(self, key: PromotionKey, model: ModelName, delay: float = 0.0) -> None:
        """Look at a promotion soon; an earlier wake stays."""
        at = time.monotonic() + delay
        with self._changed:
            self._models[key] = model
            self._due[key] = min(at, self._due.get(key, at))
            self._changed.notify()

    def sweep(self) -> None:
        """Wake all that a sweep covers. Raises SystemUnavailable without the store."""
        promotions = self.reconciler.outside.promotions.list()
        for key, model in watched(promotions):
            self.wake(key, model)
        self.on_sweep(promotions)

    def _sweep_forever(self) -> None:
        while not self._stopping:
            try:
                self.sweep()
            except SystemUnavailable as fault:
                _LOG.warning("sweep: %s", fault)
            with self._changed:
                pause = SWEEP_SECONDS * random.uniform(0.8, 1.2)
                self._changed.wait_for(lambda: self._stopping, pause)

    def _work(self) -> None:
        while (taken := self._take()) is not None:
            key, model = taken
            try:
                self._plan(key, model, self.reconciler.reconcile(key))
            except WindlassError as fault:
                _LOG.warning("%s: %s", key, fault)
                self._back_off(key, model)
            except Exception:  # noqa: BLE001 - a defect met by one must not stop the others
                _LOG.exception("%s: unexpected; it is tried again", key)
                self._back_off(key, model)
            finally:
                with self._changed:
                    self._busy.discard(model)
                    self._changed.notify_all()

    def _take(self) -> tuple[PromotionKey, ModelName] | None:
        """Wait for a due key whose model nobody works on, and lock that; None when stopping."""
        with self._changed:
            while not self._stopping:
                free = {k: t for k, t in self._due.items() if self._models[k] not in self._busy}
                key = min(free, key=free.__getitem__, default=None)
                wait = None if key is None else free[key] - time.monotonic()
                if key is not None and wait is not None and wait <= 0:
                    del self._due[key]
                    self._busy.add(self._models[key])
                    return key, self._models[key]
                self._changed.wait(wait)
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
