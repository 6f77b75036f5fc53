"""Keeps children running: starts them all at once, sees when they are ready, repeats the dead.

`tick` looks once and never waits, so that a test can step through a life with a clock of its own.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum

from windlass.embedded.children import Child, Plan

SETTLED_SECONDS = 30.0
"""A child that ran for so long is well again: its earlier deaths do not count any more."""


class State(StrEnum):
    """Where a child stands."""

    STARTING = "starting"
    READY = "ready"
    DOWN = "down"


@dataclass(frozen=True, slots=True, kw_only=True)
class Supervised:
    """A child and its past."""

    plan: Plan
    state: State = State.DOWN
    child: Child | None = None
    since: float = 0.0
    """When it was started, or is to be started again."""
    deaths: int = 0


def restart_delay(deaths: int) -> float:
    """Seconds until a child that died so often in a row is started again."""
    return min(30.0, 0.5 * 2.0 ** min(deaths - 1, 10))


@dataclass(slots=True, kw_only=True)
class Supervisor:
    """All children of a platform. Not thread-safe: `tick`, `add` and `stop` belong together."""

    start: Callable[[Plan], Child]
    is_healthy: Callable[[Plan], bool]
    clock: Callable[[], float]
    tell: Callable[[str], None]
    _children: dict[str, Supervised] = field(default_factory=dict)

    def add(self, plans: Iterable[Plan]) -> None:
        """Start more children."""
        for plan in plans:
            self._children[plan.name] = self._started(Supervised(plan=plan))

    @property
    def children(self) -> tuple[Supervised, ...]:
        """What runs, in the order it was added."""
        return tuple(self._children.values())

    @property
    def ready(self) -> bool:
        """Whether every child is ready."""
        return all(one.state is State.READY for one in self._children.values())

    def tick(self) -> None:
        """Look at every child once and do what is due."""
        for name, one in self._children.items():
            self._children[name] = self._looked_at(one)

    def stop(self) -> tuple[Child, ...]:
        """Ask all to end; returns those that have not yet."""
        running = tuple(one.child for one in self._children.values() if one.child is not None)
        for child in running:
            child.stop()
        return tuple(child for child in running if child.exit_code() is None)

    def _looked_at(self, one: Supervised) -> Supervised:
        now = self.clock()
        if one.child is None:
            return self._started(one) if now >= one.since else one
        code = one.child.exit_code()
        if code is not None:
            return self._buried(one, code)
        if one.state is State.STARTING and self.is_healthy(one.plan):
            self.tell(f"{one.plan.name} is ready after {now - one.since:.1f} s")
            return replace(one, state=State.READY)
        return one

    def _started(self, one: Supervised) -> Supervised:
        child = self.start(one.plan)
        return replace(one, state=State.STARTING, child=child, since=self.clock())

    def _buried(self, one: Supervised, code: int) -> Supervised:
        now = self.clock()
        deaths = 1 if now - one.since > SETTLED_SECONDS else one.deaths + 1
        delay = restart_delay(deaths)
        self.tell(
            f"{one.plan.name} ended with exit code {code}; starting it again in {delay:g} s"
            f" (see {one.plan.log})"
        )
        return replace(one, state=State.DOWN, child=None, since=now + delay, deaths=deaths)
