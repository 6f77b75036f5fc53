"""The loop around the ticks: when they begin, which are recorded, and what is reported."""

import gc
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Protocol

from windlass.domain.errors import InputError, SystemUnavailable
from windlass.services.eta.profiling import Summary
from windlass.services.eta.runtime import CallStage, Runtime, directly, told
from windlass.services.eta.stages import Tick

PERIOD_SECONDS = 60.0
"""How often a runtime without end records its tasks and reports."""

_TROUBLE_SECONDS = 0.5
"""Least pause after a tick that met a fault, however short the poll interval is."""


class Stop(Protocol):
    """Says when it is enough: a threading.Event does."""

    def is_set(self) -> bool:
        """Whether to end after the current tick."""

    def wait(self, timeout: float) -> bool:
        """Wait, but not longer than until it is set."""


class Reporter(Protocol):
    """Who is told how it goes."""

    def ticked(self, runtime: Runtime, tick: Tick) -> None:
        """A tick ended."""

    def report(self, line: str, summaries: dict[str, Summary]) -> None:
        """A period ended, or the runtime does."""


@dataclass(slots=True, kw_only=True)
class Totals:
    """What a runtime did."""

    ticks: int = 0
    predicted: int = 0
    unchanged: int = 0
    failed: int = 0
    """Ticks that met a system which did not answer, or had no model."""
    rejected: dict[str, int] = field(default_factory=dict)

    def add(self, tick: Tick) -> None:
        """Count a tick."""
        self.ticks += 1
        self.predicted += tick.predicted
        self.unchanged += tick.unchanged
        self.failed += bool(tick.problem)
        for reason, count in tick.reasons.items():
            self.rejected[reason.value] = self.rejected.get(reason.value, 0) + count

    def as_json(self) -> dict[str, object]:
        """JSON values."""
        return asdict(self)

    def line(self) -> str:
        """One line about all of it."""
        parts = [f"{self.predicted} predicted", f"{self.unchanged} unchanged"]
        parts += [f"{count} {reason}" for reason, count in sorted(self.rejected.items())]
        failed = f", {self.failed} of them failed" if self.failed else ""
        return f"{self.ticks} ticks{failed}: {', '.join(parts)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How long to go on."""

    iterations: int
    """0: until it is stopped."""
    stop: Stop


def run(runtime: Runtime, plan: Plan, record: CallStage, reporter: Reporter) -> Totals:
    """Tick until the plan ends. `record` runs the stages of those ticks that are recorded.

    With a number of iterations every fault ends it; without end, only a defect does.
    """
    steady, totals = runtime.place.times.steady, Totals()
    reported_at = -math.inf
    with _garbage_between_ticks():
        while not _is_over(plan, totals):
            began = steady()
            due = began - reported_at >= PERIOD_SECONDS
            tick = _tick(runtime, plan, record if plan.iterations or due else directly)
            totals.add(tick)
            runtime.count(tick)
            reporter.ticked(runtime, tick)
            gc.collect(1)
            if due and not plan.iterations:
                reported_at = began
                gc.collect()
                reporter.report(told(tick), runtime.place.profile.report())
            if not _is_over(plan, totals):
                _pause(runtime, plan, began, tick)
    reporter.report(totals.line(), runtime.place.profile.report())
    return totals


def _is_over(plan: Plan, totals: Totals) -> bool:
    return plan.stop.is_set() or 0 < plan.iterations <= totals.ticks


def _pause(runtime: Runtime, plan: Plan, began: float, tick: Tick) -> None:
    left = began + runtime.settings.poll_interval - runtime.place.times.steady()
    plan.stop.wait(max(_TROUBLE_SECONDS if tick.problem else 0.0, left))


def _tick(runtime: Runtime, plan: Plan, call: CallStage) -> Tick:
    try:
        tick = runtime.tick(call)
    except (SystemUnavailable, InputError) as fault:
        if plan.iterations:
            raise
        return Tick(problem=str(fault))
    if plan.iterations and tick.problem:
        raise InputError(tick.problem)
    return tick


@contextmanager
def _garbage_between_ticks() -> Iterator[None]:
    """Look for garbage between ticks only, and only among what ticks made.

    A tick makes hundreds of thousands of objects; looking through them and all that was imported
    takes longer than the rest of it.
    """
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()
