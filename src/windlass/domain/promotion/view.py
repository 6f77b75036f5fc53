"""What every phase works with: the view of one decision, and the few moves a phase can make."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache

from windlass.domain.promotion.conditions import Condition, ConditionType, Truth, marked
from windlass.domain.promotion.effects import Effect
from windlass.domain.promotion.evidence import UNSEEN, Evidence, Fault
from windlass.domain.promotion.spec import PromotionSpec
from windlass.domain.promotion.status import (
    JOURNAL_LENGTH,
    Ending,
    JournalEntry,
    Phase,
    PromotionStatus,
)

LOOK_AGAIN = timedelta(seconds=1)
"""How soon to look at something that changes outside and tells nobody."""

LOOK_LATER = timedelta(seconds=5)
"""How soon to look at something that people change, and an event usually tells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What to write, then what to do, then when to look again at the latest."""

    status: PromotionStatus
    effect: Effect | None = None
    again_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One look at one promotion."""

    spec: PromotionSpec
    status: PromotionStatus
    evidence: Evidence
    now: datetime

    def having(self, status: PromotionStatus) -> "View":
        """Return the same look with another status."""
        return replace(self, status=status)

    @property
    def working_time(self) -> datetime:
        """The time deadlines are measured by: it stands still while suspended."""
        return self.status.paused_at or self.now

    def elapsed(self, since: datetime | None) -> timedelta:
        """Working time since a moment."""
        return max(timedelta(0), self.working_time - (since or self.working_time))


@lru_cache(maxsize=4096)
def fingerprint(spec: PromotionSpec) -> str:
    """Identity of what an analysis rests on: all of the spec but whether it is suspended."""
    return hashlib.sha256(repr(replace(spec, suspend=False)).encode()).hexdigest()[:16]


def journaled(
    status: PromotionStatus, step: str, outcome: str, message: str, at: datetime
) -> PromotionStatus:
    """Add an entry to the journal; the oldest beyond its length drop out."""
    entry = JournalEntry(step=step, outcome=outcome, message=message, at=at)
    journal = (*status.journal, entry)[-JOURNAL_LENGTH:]
    return replace(status, journal=journal, journal_length=status.journal_length + 1)


def mark(view: View, type_: ConditionType, truth: Truth, reason: str, message: str = "") -> View:
    """Set a condition."""
    return mark_all(view, {type_: truth}, reason, message)


def mark_all(
    view: View, truths: Mapping[ConditionType, Truth], reason: str, message: str = ""
) -> View:
    """Set conditions for one reason."""
    conditions = view.status.conditions
    for type_, truth in truths.items():
        condition = Condition(
            type=type_,
            status=truth,
            reason=reason,
            message=message,
            last_transition_time=view.now,
            observed_generation=view.evidence.subject.generation,
        )
        conditions = marked(conditions, condition)
    if conditions is view.status.conditions:
        return view
    return view.having(replace(view.status, conditions=conditions))


def enter(view: View, phase: Phase, reason: str, message: str = "") -> Decision:
    """Go on to a phase; its deadlines count from now."""
    text = f"{view.status.phase} to {phase}" + (f": {message}" if message else "")
    status = journaled(view.status, "Phase", reason, text, view.now)
    return Decision(
        status=replace(
            status,
            phase=phase,
            reason=reason,
            message=message,
            stalled=None,
            faulted_at=None,
            progressed_at=view.now,
        )
    )


def act(view: View, effect: Effect, message: str = "") -> Decision:
    """Do something; what it brought is seen at the next look."""
    status = replace(view.status, message=message or view.status.message, stalled=None)
    return Decision(status=status, effect=effect, again_at=view.now + LOOK_AGAIN)


def wait(view: View, reason: str, message: str, until: datetime | None = None) -> Decision:
    """Nothing to do yet, and nothing is wrong."""
    status = replace(view.status, reason=reason, message=message, stalled=None, faulted_at=None)
    return Decision(status=status, again_at=until or view.now + LOOK_AGAIN)


def stall(view: View, reason: str, message: str) -> Decision:
    """Nothing moves, although it should, and somebody ought to know."""
    status = replace(view.status, reason=reason, message=message, stalled=reason, faulted_at=None)
    return Decision(status=status, again_at=view.now + LOOK_AGAIN)


def blocked(view: View, fault: Fault) -> Decision:
    """A system does not answer: change nothing; past the deadline the promotion ends Errored."""
    if fault is UNSEEN:
        return Decision(status=view.status, again_at=view.now)
    since = view.status.faulted_at or view.now
    status = replace(view.status, faulted_at=since)
    if view.elapsed(since) > view.spec.rollout.progress_deadline and _may_error(status.phase):
        message = f"{fault}; not back within {view.spec.rollout.progress_deadline}"
        return leave(view.having(status), errored("SystemUnavailable", message))
    decision = stall(view, "SystemUnavailable", str(fault))
    return replace(decision, status=replace(decision.status, faulted_at=since))


def _may_error(phase: Phase) -> bool:
    """Once the candidate is in production an outage is no reason to take it back."""
    return phase not in (Phase.SOAKING, Phase.ROLLING_BACK) and not phase.terminal


def failed(reason: str, message: str) -> Ending:
    """The evidence said no."""
    return Ending(phase=Phase.FAILED, reason=reason, message=message)


def errored(reason: str, message: str) -> Ending:
    """A system failed."""
    return Ending(phase=Phase.ERRORED, reason=reason, message=message)


def leave(view: View, ending: Ending) -> Decision:
    """End, by the way back if anything outside was touched."""
    status = replace(view.status, ending=ending)
    running = status.evaluation is not None and status.evaluation.finished_at is None
    if status.routed or status.alias_moved or running:
        return enter(view.having(status), Phase.ROLLING_BACK, ending.reason, ending.message)
    return close(view.having(status), ending)


def close(view: View, ending: Ending) -> Decision:
    """End, with nothing left to undo."""
    if ending.phase is Phase.PENDING:
        afresh = view.having(_afresh(view.status))
        return enter(afresh, Phase.PENDING, ending.reason, ending.message)
    decision = enter(view, ending.phase, ending.reason, ending.message)
    status = replace(decision.status, finished_at=view.now, paused_at=None)
    return replace(decision, status=status)


_OF_PHASE = (
    ConditionType.READY,
    ConditionType.RECONCILING,
    ConditionType.STALLED,
    ConditionType.PROMOTED,
)
"""Conditions that do not speak of an analysis."""


def _afresh(status: PromotionStatus) -> PromotionStatus:
    """Forget the analysis; the version it is about and its history stay."""
    return PromotionStatus(
        phase=status.phase,
        observed_generation=status.observed_generation,
        attempt=status.attempt,
        candidate=status.candidate,
        journal=status.journal,
        journal_length=status.journal_length,
        audited=status.audited,
        consumed=status.consumed,
        mark=status.mark,
        conditions=tuple(c for c in status.conditions if c.type in _OF_PHASE),
        intent=status.intent,
        paused_at=status.paused_at,
    )
