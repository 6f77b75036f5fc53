"""Fault injection shared by the twins: when a call is killed, refused or answered late.

A twin wraps each public method: `with self._faults.call("registry.set_alias", write=True): ...`.
"""

from collections.abc import Iterator, Set
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from threading import Lock
from typing import NamedTuple

from windlass.domain.errors import SystemUnavailable


class Killed(BaseException):
    """The process died here: no `except Exception` may see it."""


class Kind(StrEnum):
    """What goes wrong."""

    KILL = "kill"
    """The effect happens, then the process dies. Counts writes only."""
    FAIL = "fail"
    """SystemUnavailable before the effect."""
    LATE = "late"
    """The effect happens, then SystemUnavailable: the answer came too late."""
    OUTAGE = "outage"
    """FAIL from here on, until lifted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedFault:
    """What goes wrong at which call."""

    kind: Kind
    at: int = 1
    """Which of the matching calls, counted from 1; for KILL, of those whose effect happened."""
    target: str = ""
    """`<port>` or `<port>.<method>`; empty matches every call."""

    def matches(self, name: str) -> bool:
        """Whether a call counts for this fault."""
        return not self.target or name == self.target or name.startswith(self.target + ".")


class Call(NamedTuple):
    """A call whose effect happened."""

    port: str
    method: str
    write: bool


class Faults:
    """Counts every call of the twins that share it and lets the planned ones go wrong."""

    def __init__(self, *plan: PlannedFault) -> None:
        self.log: list[Call] = []
        """Calls whose effect happened, killed and late ones included."""
        self._counts: dict[PlannedFault, int] = dict.fromkeys(plan, 0)
        self._lock = Lock()
        self._off = False

    @property
    def writes(self) -> tuple[Call, ...]:
        """The writes among `log`."""
        return tuple(call for call in self.log if call.write)

    def outage(self, target: str) -> None:
        """Let every call of a port fail from now on."""
        self._counts.setdefault(PlannedFault(kind=Kind.OUTAGE, target=target), 0)

    def lift(self) -> None:
        """Drop everything planned: all systems are well from now on."""
        self._counts.clear()

    @contextmanager
    def off(self) -> Iterator[None]:
        """Calls inside are the test's own: neither counted nor going wrong."""
        before, self._off = self._off, True
        try:
            yield
        finally:
            self._off = before

    @contextmanager
    def call(self, name: str, *, write: bool = False) -> Iterator[None]:
        """Surround one public method of a twin; `name` is `<port>.<method>`."""
        if self._off:
            yield
            return
        due = self._due(name, {Kind.FAIL, Kind.LATE, Kind.OUTAGE})
        if due & {Kind.FAIL, Kind.OUTAGE}:
            raise SystemUnavailable(name, "did not answer (injected)")
        yield
        port, _, method = name.partition(".")
        self.log.append(Call(port, method, write))
        if write and self._due(name, {Kind.KILL}):
            raise Killed(name)
        if Kind.LATE in due:
            raise SystemUnavailable(name, "answered too late (injected)")

    def _due(self, name: str, kinds: Set[Kind]) -> set[Kind]:
        with self._lock:
            counted = [f for f in self._counts if f.kind in kinds and f.matches(name)]
            for fault in counted:
                self._counts[fault] += 1
            return {
                fault.kind
                for fault in counted
                if self._counts[fault] == fault.at
                or (fault.kind is Kind.OUTAGE and self._counts[fault] > fault.at)
            }
