"""The heart: what happens next to a promotion, as a pure function of what is known."""

from dataclasses import replace
from datetime import datetime

from windlass.domain.promotion.answers import answer, forget_removed
from windlass.domain.promotion.conclusion import conclude
from windlass.domain.promotion.evidence import Evidence, Fault
from windlass.domain.promotion.phases.approving import awaiting_approval
from windlass.domain.promotion.phases.closed import closed
from windlass.domain.promotion.phases.evaluating import evaluating
from windlass.domain.promotion.phases.pending import pending
from windlass.domain.promotion.phases.progressing import progressing
from windlass.domain.promotion.phases.promoting import promoting
from windlass.domain.promotion.phases.returning import rolling_back
from windlass.domain.promotion.phases.soaking import soaking
from windlass.domain.promotion.phases.validating import validating
from windlass.domain.promotion.spec import Policy, PromotionSpec
from windlass.domain.promotion.status import ANALYSIS, Ending, Phase, PromotionStatus
from windlass.domain.promotion.view import (
    LOOK_AGAIN,
    Decision,
    View,
    blocked,
    fingerprint,
    leave,
)

_PHASES = {
    Phase.PENDING: pending,
    Phase.VALIDATING: validating,
    Phase.EVALUATING: evaluating,
    Phase.AWAITING_APPROVAL: awaiting_approval,
    Phase.PROGRESSING: progressing,
    Phase.PROMOTING: promoting,
    Phase.SOAKING: soaking,
    Phase.ROLLING_BACK: rolling_back,
}


def decide(
    spec: PromotionSpec, status: PromotionStatus, evidence: Evidence, now: datetime
) -> Decision:
    """Name the next status, then the one effect that follows its write, if any.

    Level-based: it looks at what is wanted and what is, so deciding twice names the same.
    """
    seen = replace(status, observed_generation=evidence.subject.generation)
    view = View(spec=spec, status=seen, evidence=evidence, now=now)
    view = forget_removed(_resumed(view))
    view, decision = answer(view)
    asked = decision is not None
    if decision is None:
        decision = _overtaken(view)
    decision = _settle(view, decision or _phase(view))
    if not asked:
        decision = _refused(view, decision)
    return conclude(view, status, decision)


def _phase(view: View) -> Decision:
    return _held_back(view, _PHASES.get(view.status.phase, closed)(view))


def _settle(view: View, decision: Decision) -> Decision:
    """Go through phases until one has something to do, or something to wait for."""
    phase = view.status.phase
    while decision.effect is None and decision.status.phase is not phase:
        phase = decision.status.phase
        decision = _phase(view.having(decision.status))
    return decision


def _overtaken(view: View) -> Decision | None:
    """Endings from outside: deletion, a changed spec, a promotion that takes our place."""
    status, subject = view.status, view.evidence.subject
    if subject.deleted and not status.phase.terminal and status.phase is not Phase.ROLLING_BACK:
        ending = Ending(phase=Phase.ABORTED, reason="Deleted", message="the object was deleted")
        return leave(view, ending)
    if status.phase not in ANALYSIS:
        return None
    if status.analysed and status.analysed != fingerprint(view.spec):
        message = f"the spec changed (generation {subject.generation}): the analysis starts again"
        return leave(view, Ending(phase=Phase.PENDING, reason="SpecChanged", message=message))
    rivals = view.evidence.rivals
    for rival in () if isinstance(rivals, Fault) else rivals:
        newer = (rival.created_at, rival.key) > (subject.created_at, subject.key)
        takes_over = rival.policy is Policy.SUPERSEDE and rival.version is not None
        if newer and takes_over and not rival.phase.terminal:
            message = f"{rival.key} takes its place"
            return leave(view, Ending(phase=Phase.SUPERSEDED, reason="Superseded", message=message))
    return None


def _held_back(view: View, decision: Decision) -> Decision:
    """While suspended nothing goes on, but a way back always does."""
    phase = view.status.phase
    if not view.spec.suspend or phase.terminal or phase is Phase.ROLLING_BACK:
        return decision
    if decision.status.phase is Phase.ROLLING_BACK:
        return decision
    paused = replace(
        _counted(view, decision),
        paused_at=view.working_time,
        reason="Suspended",
        message="spec.suspend is set; everything stays as it is",
    )
    return Decision(status=paused, again_at=view.now + LOOK_AGAIN)


def _counted(view: View, decision: Decision) -> PromotionStatus:
    """What servers counted so far belongs to the step, also while it is suspended."""
    before, after = view.status.rollout, decision.status.rollout
    if before is None or after is None or before.started_at is None:
        return view.status
    if (before.step, before.started_at) != (after.step, after.started_at):
        return view.status
    return replace(view.status, rollout=after)


def _resumed(view: View) -> View:
    """Take the time of a suspension out of every clock."""
    status = view.status
    if status.paused_at is None or view.spec.suspend:
        return view
    pause = view.now - status.paused_at

    def later(moment: datetime | None) -> datetime | None:
        return moment + pause if moment is not None else None

    evaluation, rollout = status.evaluation, status.rollout
    return view.having(
        replace(
            status,
            paused_at=None,
            progressed_at=later(status.progressed_at),
            faulted_at=later(status.faulted_at),
            evaluation=evaluation and replace(evaluation, started_at=later(evaluation.started_at)),
            rollout=rollout and replace(rollout, started_at=later(rollout.started_at)),
        )
    )


def _refused(view: View, decision: Decision) -> Decision:
    """After an effect failed, say so and let the next look try again."""
    refused = view.evidence.refused
    if refused is None or decision.effect is None:
        return decision
    return blocked(view.having(decision.status), refused)
