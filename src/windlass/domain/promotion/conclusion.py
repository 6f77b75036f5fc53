"""The end of a decision: intent, journal, conditions, and the small things that come last."""

from dataclasses import replace
from datetime import datetime

from windlass.domain.promotion.answers import to_clear
from windlass.domain.promotion.conditions import ConditionType, Truth
from windlass.domain.promotion.effects import (
    ApplyRouting,
    CancelEvaluation,
    ClearControls,
    Effect,
    HoldVersion,
    Notify,
    RecordOutcome,
    ReleaseVersion,
    SetAlias,
    StartEvaluation,
    TellConsumer,
)
from windlass.domain.promotion.evidence import Fault
from windlass.domain.promotion.status import (
    JOURNAL_LENGTH,
    Intent,
    Mark,
    Phase,
    PromotionStatus,
)
from windlass.domain.promotion.view import Decision, View, journaled, mark_all

_UNAUDITED = JOURNAL_LENGTH - 5
"""An open promotion writes its journal out before entries could drop from status."""


def conclude(view: View, before: PromotionStatus, decision: Decision) -> Decision:
    """Complete a decision that was made."""
    view = view.having(_audited(view, before, decision.status))
    if decision.effect is None:
        view, effect = _last_things(view)
        decision = replace(decision, effect=effect)
    elif isinstance(decision.effect, TellConsumer) and _must_record(view):
        decision = replace(decision, effect=_record(view))
    if decision.effect is not None or not _unknown(view, decision):
        view = view.having(_intended(view, before, decision.effect))
    return replace(decision, status=_conditions(view).status)


def intent_of(effect: Effect | None, now: datetime) -> Intent | None:
    """What is noted before an effect that changes the outside; None for small things."""
    match effect:
        case StartEvaluation():
            return Intent(step="StartEvaluation", to=effect.key, at=now)
        case CancelEvaluation():
            return Intent(step="CancelEvaluation", to=effect.flow_run, at=now)
        case ApplyRouting():
            return Intent(step="ApplyRouting", to=str(effect.routing.generation), at=now)
        case SetAlias():
            return Intent(step="SetAlias", source=effect.seen, to=effect.to, at=now)
        case TellConsumer():
            label = effect.consumer.label
            return Intent(step="TellConsumer", source=label, to=effect.value, at=now)
        case HoldVersion():
            return Intent(step="HoldVersion", to=effect.version, at=now)
        case ReleaseVersion():
            return Intent(step="ReleaseVersion", to=effect.version, at=now)
    return None


def _last_things(view: View) -> tuple[View, Effect | None]:
    """What nothing waits for: marks, consumed annotations, the audit, a message to people."""
    marking = _marking(view)
    if marking is not None:
        return marking
    verbs = to_clear(view)
    if verbs:
        return view, ClearControls(verbs=verbs)
    status = view.status
    if status.phase.terminal and view.spec.notify and status.notified != status.phase:
        view = view.having(replace(status, notified=status.phase))
        subject = f"{view.spec.model}: {status.phase}"
        body = f"{view.evidence.subject.key}: {status.reason}: {status.message}"
        return view, Notify(blocks=view.spec.notify, subject=subject, body=body)
    return view, _record(view) if _must_record(view) else None


def _must_record(view: View) -> bool:
    status = view.status
    unaudited = status.journal_length - status.audited
    due = unaudited >= _UNAUDITED or (status.phase.terminal and unaudited > 0)
    return due and view.evidence.refused is None


def _marking(view: View) -> tuple[View, Effect | None] | None:
    """Bring the hold to what was asked; forget the wish once it is seen."""
    held, candidate, wish = view.evidence.held, view.status.candidate, view.status.mark
    if wish is None or candidate is None or isinstance(held, Fault):
        return None
    if view.evidence.refused is not None:
        return None
    if (held is not None) == (wish is Mark.HOLD):
        return view.having(replace(view.status, mark=None)), None
    model, version = view.spec.model, candidate.version
    if wish is Mark.RELEASE:
        return view, ReleaseVersion(model=model, version=version)
    return view, HoldVersion(model=model, version=version, reason="held by hand")


def _record(view: View) -> RecordOutcome:
    status = view.status
    version = status.candidate.version if status.candidate else None
    tags = {
        "windlass.promotion": str(view.evidence.subject.key),
        "windlass.outcome": str(status.phase),
        "windlass.from": status.champion.version if status.champion else "",
        "windlass.to": version or "",
        "windlass.by": _actor(view),
    }
    return RecordOutcome(model=view.spec.model, version=version, tags=tags)


def _actor(view: View) -> str:
    status = view.status
    if status.ending is not None and status.ending.by is not None:
        return status.ending.by
    if status.approval is not None:
        return status.approval.by
    return view.evidence.subject.created_by or "unknown"


def _audited(view: View, before: PromotionStatus, status: PromotionStatus) -> PromotionStatus:
    """Note that the entries written before this look are in the object store."""
    if isinstance(view.evidence.performed, RecordOutcome):
        return replace(status, audited=before.journal_length)
    return status


def _unknown(view: View, decision: Decision) -> bool:
    """Whether too little was seen to say what became of the last effect."""
    return view.status.faulted_at is not None or decision.again_at == view.now


def _intended(view: View, before: PromotionStatus, effect: Effect | None) -> PromotionStatus:
    """Note the intent of the effect, and the outcome of the intent before it."""
    status, intent = view.status, intent_of(effect, view.now)
    old = before.intent
    same = (
        old is not None
        and intent is not None
        and (old.step, old.source, old.to) == (intent.step, intent.source, intent.to)
    )
    refused = view.evidence.refused is not None
    if same or (intent is None and refused):
        return status
    if old is not None:
        done = intent_of(view.evidence.performed, view.now)
        outcome = "Done" if done is not None and done.step == old.step else "Seen"
        message = " to ".join(part for part in (old.source, old.to) if part)
        text = "Refused" if refused else outcome
        status = journaled(status, old.step, text, message, view.now)
        status = status if refused else replace(status, faulted_at=None)
    return replace(status, intent=intent)


def _conditions(view: View) -> View:
    """Conditions that follow from the phase alone."""
    status = view.status
    phase, reason, message = status.phase, status.reason or str(status.phase), status.message
    stalled = status.stalled is not None

    def truth(value: bool) -> Truth:
        return Truth.TRUE if value else Truth.FALSE

    promoted = phase in (Phase.SOAKING, Phase.SUCCEEDED)
    found = {
        ConditionType.READY: phase is Phase.SUCCEEDED and not stalled,
        ConditionType.RECONCILING: not phase.terminal,
        ConditionType.STALLED: stalled,
        ConditionType.PROMOTED: promoted,
    }
    return mark_all(view, {type_: truth(value) for type_, value in found.items()}, reason, message)
