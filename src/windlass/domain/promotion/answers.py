"""What a control brings about: each is acted upon once, by whoever may, where it makes sense."""

from dataclasses import replace

from windlass.domain.promotion.controls import CREATED_BY, Control, Verb
from windlass.domain.promotion.evidence import Fault
from windlass.domain.promotion.phases.routes import stored
from windlass.domain.promotion.status import (
    ANALYSIS,
    ApprovalStatus,
    Ending,
    Mark,
    Phase,
)
from windlass.domain.promotion.view import Decision, View, close, journaled, leave

_ORDER = (
    Verb.ROLLBACK,
    Verb.ABORT,
    Verb.REJECT,
    Verb.HOLD,
    Verb.RELEASE,
    Verb.RETRY,
    Verb.APPROVE,
    Verb.REFRESH,
)
"""Safety first, where several are asked at once."""


def answer(view: View) -> tuple[View, Decision | None]:
    """Act on the first control not yet consumed; a decision when it ends or restarts."""
    asked = {control.verb: control for control in view.evidence.controls}
    for verb in _ORDER:
        control = asked.get(verb)
        if control is None or view.status.consumed.get(verb) == control.value:
            continue
        if (verb is Verb.APPROVE and _too_early(view)) or (
            verb is Verb.ROLLBACK and _in_the_dark(view)
        ):
            continue
        return _ANSWERS[verb](view, control)
    return view, None


def forget_removed(view: View) -> View:
    """Drop notes of consumed controls whose annotation is gone, so that they can be asked again."""
    present = {control.verb: control.value for control in view.evidence.controls}
    kept = {v: value for v, value in view.status.consumed.items() if present.get(Verb(v)) == value}
    if len(kept) == len(view.status.consumed):
        return view
    return view.having(replace(view.status, consumed=kept))


def to_clear(view: View) -> tuple[Verb, ...]:
    """Verbs whose annotation can be removed from the object."""
    present = {control.verb: control.value for control in view.evidence.controls}
    return tuple(v for v in Verb if v in present and view.status.consumed.get(v) == present[v])


def _consumed(view: View, control: Control, outcome: str, message: str = "") -> View:
    text = f"by {control.actor}" + (f": {message}" if message else "")
    status = journaled(view.status, control.verb.value.capitalize(), outcome, text, view.now)
    consumed = {**status.consumed, control.verb.value: control.value}
    return view.having(replace(status, consumed=consumed))


def _refuse(view: View, control: Control, why: str) -> tuple[View, Decision | None]:
    return _consumed(view, control, "Refused", why), None


def _too_early(view: View) -> bool:
    """An approval given before there is anything to approve waits; so does nothing else."""
    phase = view.status.phase
    return phase in ANALYSIS and phase not in (Phase.AWAITING_APPROVAL, Phase.PROGRESSING)


def _in_the_dark(view: View) -> bool:
    """Whether nobody can say what is in production, so that a rollback has to wait."""
    unseen = isinstance(view.evidence.champion, Fault) and stored(view).champion is None
    return unseen and view.status.phase is Phase.SUCCEEDED


def _approve(view: View, control: Control) -> tuple[View, Decision | None]:
    subject = view.evidence.subject
    if view.status.phase is not Phase.AWAITING_APPROVAL:
        return _refuse(view, control, f"nothing waits for approval in {view.status.phase}")
    if control.generation != subject.generation:
        return _refuse(view, control, f"approves generation {control.generation}, {_now_at(view)}")
    if view.spec.approval.required and subject.created_by is None:
        return _refuse(view, control, f"nobody knows the author: the object lacks {CREATED_BY}")
    if view.spec.approval.required and control.actor == subject.created_by:
        return _refuse(view, control, "nobody approves an own promotion")
    return _decided(view, control, approved=True), None


def _now_at(view: View) -> str:
    return f"the spec is at generation {view.evidence.subject.generation}"


def _reject(view: View, control: Control) -> tuple[View, Decision | None]:
    if view.status.phase not in ANALYSIS:
        return _refuse(view, control, f"too late to reject in {view.status.phase}")
    if control.generation != view.evidence.subject.generation:
        return _refuse(view, control, f"rejects generation {control.generation}, {_now_at(view)}")
    return _end(_decided(view, control, approved=False), control, Phase.ABORTED, "Rejected")


def _decided(view: View, control: Control, *, approved: bool) -> View:
    view = _consumed(view, control, "Accepted", f"generation {control.generation}")
    decision = ApprovalStatus(
        by=control.actor, at=view.now, generation=control.generation, approved=approved
    )
    return view.having(replace(view.status, approval=decision))


def _abort(view: View, control: Control) -> tuple[View, Decision | None]:
    if _starts_again(view):
        return _redirected(view, control, Phase.ABORTED, "Aborted")
    if view.status.phase.terminal or view.status.phase is Phase.ROLLING_BACK:
        return _refuse(view, control, f"it is {view.status.phase} already")
    return _end(_consumed(view, control, "Accepted"), control, Phase.ABORTED, "Aborted")


def _rollback(view: View, control: Control) -> tuple[View, Decision | None]:
    phase = view.status.phase
    if _starts_again(view):
        return _redirected(view, control, Phase.ROLLED_BACK, "RolledBackByHand")
    if phase is Phase.SUCCEEDED:
        why_not = _not_in_production(view)
        if why_not is not None:
            return _refuse(view, control, why_not)
    elif phase.terminal or phase is Phase.ROLLING_BACK:
        return _refuse(view, control, f"it is {phase} already")
    elif not view.status.routed and not view.status.alias_moved:
        message = "nothing was rolled out yet, so this aborts it"
        view = _consumed(view, control, "Accepted", message)
        return _end(view, control, Phase.ABORTED, "Aborted")
    view = _consumed(view, control, "Accepted")
    return _end(view, control, Phase.ROLLED_BACK, "RolledBackByHand")


def _not_in_production(view: View) -> str | None:
    """Why there is nothing to roll back; routing decides where the registry names no version."""
    candidate, champion = view.status.candidate, view.evidence.champion
    before, served = view.status.champion, stored(view).champion
    if candidate is None or not (view.status.routed or view.status.alias_moved):
        return "it put nothing into production"
    if before is not None and before.version == candidate.version:
        return "its version was in production before it"
    current = None if isinstance(champion, Fault) or champion is None else champion.version
    if current is None or (served is not None and current == candidate.version):
        current = served.version if served is not None else None
    if current != candidate.version:
        return f"version {current or 'none'} is in production now, roll that one back"
    return None


def _starts_again(view: View) -> bool:
    """Whether it is on a way back after which the analysis would start again."""
    ending = view.status.ending
    back = view.status.phase is Phase.ROLLING_BACK
    return back and ending is not None and ending.phase is Phase.PENDING


def _redirected(
    view: View, control: Control, phase: Phase, reason: str
) -> tuple[View, Decision | None]:
    """Let the way back that is under way lead to an end."""
    view, before = _consumed(view, control, "Accepted"), view.status.ending
    ending = _ending(control, phase, reason)
    if before is not None and before.hold:
        ending = replace(ending, hold=True)
    return view.having(replace(view.status, ending=ending)), None


def _end(view: View, control: Control, phase: Phase, reason: str) -> tuple[View, Decision]:
    decision = leave(view, _ending(control, phase, reason))
    return view, replace(decision, status=replace(decision.status, paused_at=None))


def _ending(control: Control, phase: Phase, reason: str) -> Ending:
    return Ending(
        phase=phase,
        reason=reason,
        message=f"by {control.actor}",
        by=control.actor,
        hold=phase is Phase.ROLLED_BACK,
    )


def _retry(view: View, control: Control) -> tuple[View, Decision | None]:
    phase = view.status.phase
    if phase in (Phase.SUCCEEDED, Phase.SOAKING, Phase.ROLLING_BACK):
        return _refuse(view, control, f"nothing to retry in {phase}")
    view = _consumed(view, control, "Accepted")
    view = view.having(replace(view.status, attempt=view.status.attempt + 1))
    ending = Ending(phase=Phase.PENDING, reason="Retry", message=f"by {control.actor}")
    return view, close(view, ending) if phase.terminal else leave(view, ending)


def _hold(view: View, control: Control) -> tuple[View, Decision | None]:
    view = _consumed(view, control, "Accepted")
    view = view.having(replace(view.status, mark=Mark.HOLD))
    if view.status.phase not in ANALYSIS or view.status.phase is Phase.PENDING:
        return view, None
    ending = Ending(
        phase=Phase.PENDING, reason="Held", message=f"held by {control.actor}", hold=True
    )
    view = view.having(replace(view.status, attempt=view.status.attempt + 1))
    return view, leave(view, ending)


def _release(view: View, control: Control) -> tuple[View, Decision | None]:
    view = _consumed(view, control, "Accepted")
    return view.having(replace(view.status, mark=Mark.RELEASE)), None


def _refresh(view: View, control: Control) -> tuple[View, Decision | None]:
    return _consumed(view, control, "Accepted"), None


_ANSWERS = {
    Verb.APPROVE: _approve,
    Verb.REJECT: _reject,
    Verb.ABORT: _abort,
    Verb.RETRY: _retry,
    Verb.ROLLBACK: _rollback,
    Verb.HOLD: _hold,
    Verb.RELEASE: _release,
    Verb.REFRESH: _refresh,
}
