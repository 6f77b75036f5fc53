"""Soaking: in production and watched; only bad evidence takes it back, never an outage."""

from dataclasses import replace

from windlass.domain.promotion.canary import judge_traffic, observe
from windlass.domain.promotion.conditions import ConditionType, Truth
from windlass.domain.promotion.evidence import Fault
from windlass.domain.promotion.gates import Verdict
from windlass.domain.promotion.phases.drift import drift
from windlass.domain.promotion.phases.progressing import record
from windlass.domain.promotion.status import Ending, Phase, RolloutStatus
from windlass.domain.promotion.view import (
    LOOK_AGAIN,
    Decision,
    View,
    blocked,
    enter,
    leave,
    mark,
    stall,
    wait,
)


def soaking(view: View) -> Decision:
    """Watch errors and latency of the new champion until the soak is over."""
    served = view.evidence.served
    if isinstance(served, Fault):
        return blocked(view, served)
    verdict, message = Verdict.INCONCLUSIVE, "not served by Windlass"
    if served:
        if isinstance(view.evidence.reports, Fault):
            return blocked(view, view.evidence.reports)
        view, verdict, message = _judge(view)
    if verdict is Verdict.FAILED:
        return _failed(view, message)
    view, moved = drift(view)
    if moved is not None:
        return moved
    return _until_over(view, message)


def _judge(view: View) -> tuple[View, Verdict, str]:
    rollout, reports = view.status.rollout or RolloutStatus(), view.evidence.reports
    digest = view.status.candidate.bundle_digest if view.status.candidate else None
    if digest is None or isinstance(reports, Fault):
        return view, Verdict.INCONCLUSIVE, "no bundle"
    seen = observe(rollout, reports, digest, view.spec.rollout.limits)
    verdict, message = judge_traffic(seen, view.spec.rollout, ())
    recorded = record(rollout, seen, verdict, message)
    return view.having(replace(view.status, rollout=recorded)), verdict, message


def _failed(view: View, message: str) -> Decision:
    view = mark(view, ConditionType.VERIFIED, Truth.FALSE, "LimitExceeded", message)
    if not view.spec.rollback.automatic:
        advice = f"{message}; automatic rollback is off: `windlass promotions rollback`"
        return stall(view, "LimitExceeded", advice)
    ending = Ending(phase=Phase.ROLLED_BACK, reason="SoakFailed", message=message, hold=True)
    return leave(view, ending)


def _until_over(view: View, message: str) -> Decision:
    rollout = view.status.rollout or RolloutStatus()
    left = view.spec.rollback.soak - view.elapsed(rollout.started_at)
    if left.total_seconds() > 0:
        return wait(view, "Soaking", "in production and watched", view.now + min(left, LOOK_AGAIN))
    decision = enter(view, Phase.SUCCEEDED, "Soaked", message)
    return replace(decision, status=replace(decision.status, finished_at=view.now))
