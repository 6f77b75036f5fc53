"""RollingBack: everything back as it was, routing first; it never gives up."""

from dataclasses import replace
from functools import partial

from windlass.domain.promotion.conditions import ConditionType, Truth
from windlass.domain.promotion.effects import (
    ApplyRouting,
    CancelEvaluation,
    HoldVersion,
    SetAlias,
    TellConsumer,
)
from windlass.domain.promotion.evaluation import FlowRun
from windlass.domain.promotion.evidence import UNSEEN, Fault
from windlass.domain.promotion.phases.promoting import model_key
from windlass.domain.promotion.phases.routes import champion_only, ensure, routed, stored
from windlass.domain.promotion.status import Ending, Mark, VersionRef
from windlass.domain.promotion.view import (
    Decision,
    View,
    act,
    blocked,
    close,
    errored,
    mark,
)
from windlass.domain.routing import Routing
from windlass.domain.versions import ModelVersion


def rolling_back(view: View) -> Decision:
    """Walk back: routing, evaluation, alias, hold, consumers.

    Routing needs neither MLflow nor Prefect. Once its document is stored the rest goes on even
    while a server is silent, but the promotion does not end before every server acknowledged.
    """
    ending = view.status.ending or errored("EndingUnknown", "no reason was recorded")
    view = _cancelled(view)
    unacknowledged: Decision | None = None
    if view.status.routed and view.evidence.served is not False:
        view, unacknowledged = _routing(view, ending)
        if unacknowledged is not None and not _is_stored(view, ending):
            return unacknowledged
    for undo in (_evaluation, _alias, partial(_hold, ending=ending), _consumers):
        pending = undo(view)
        if pending is not None:
            return _meanwhile(pending, unacknowledged)
    if unacknowledged is not None:
        return unacknowledged
    return close(_undone(view, ending), ending)


def _routing(view: View, ending: Ending) -> tuple[View, Decision | None]:
    """Without a running server the stored document is enough; a silent one keeps none waiting."""
    view, pending = ensure(view, _wanted(view, ending), "all traffic back to the champion")
    if pending is None or pending.effect is not None or not _is_stored(view, ending):
        return view, pending
    if isinstance(view.evidence.reports, Fault):
        repeat = ApplyRouting(model=view.spec.model, routing=stored(view))
        known = view.evidence.reports is not UNSEEN
        return view, replace(pending, effect=repeat if known else None)
    return view, None if not view.evidence.reports else pending


def _meanwhile(pending: Decision, unacknowledged: Decision | None) -> Decision:
    """While a later part waits for its system, routing is repeated to those who have not heard."""
    if pending.effect is None and unacknowledged is not None:
        return replace(pending, effect=unacknowledged.effect)
    return pending


def _wanted(view: View, ending: Ending) -> Routing:
    """Everything to the champion: the stored one, where it is not the candidate itself.

    The champion that was there when this began may have been rolled back since.
    """
    candidate, current = routed(view, view.status.candidate), stored(view).champion
    back = view.status.champion
    if current is not None and candidate is not None and current.digest != candidate.digest:
        back = VersionRef(version=current.version, bundle_digest=current.digest)
    digest = candidate.digest if candidate is not None and ending.hold else None
    return champion_only(view, back, digest)


def _is_stored(view: View, ending: Ending) -> bool:
    if isinstance(view.evidence.routing, Fault):
        return False
    return stored(view).same_traffic(_wanted(view, ending))


def _evaluation(view: View) -> Decision | None:
    running, flow_run = view.status.evaluation, view.evidence.flow_run
    if running is None or running.finished_at is not None:
        return None
    if flow_run is UNSEEN:
        return blocked(view, UNSEEN)
    if not isinstance(flow_run, FlowRun) or flow_run.state.finished:
        return None
    return act(view, CancelEvaluation(flow_run=flow_run.id), "stop the evaluation")


def _cancelled(view: View) -> View:
    """Note that the evaluation was told to stop; nobody waits for the end of its process."""
    running = view.status.evaluation
    if running is None or not isinstance(view.evidence.performed, CancelEvaluation):
        return view
    return view.having(replace(view.status, evaluation=replace(running, finished_at=view.now)))


def _alias(view: View) -> Decision | None:
    """Move the alias back, if it is where we put it; anywhere else somebody else wants it."""
    seen, candidate = view.evidence.champion, view.status.candidate
    if not view.status.alias_moved or candidate is None:
        return None
    if isinstance(seen, Fault):
        return blocked(view, seen)
    if seen is None or seen.version != candidate.version:
        return None
    champion = view.status.champion
    effect = SetAlias(
        model=view.spec.model,
        alias=view.spec.target_alias,
        seen=candidate.version,
        to=champion.version if champion is not None else None,
        way_back=True,
    )
    return act(view, effect, f"alias {view.spec.target_alias} back")


def _consumers(view: View) -> Decision | None:
    candidate = view.status.candidate
    key = model_key(view.spec.model, candidate.version if candidate else None)
    for told in reversed(view.status.told):
        says = view.evidence.consumers.get(told.consumer.label, UNSEEN)
        if isinstance(says, Fault):
            return blocked(view, says)
        if says == key:
            effect = TellConsumer(consumer=told.consumer, value=told.previous)
            return act(view, effect, f"untell {told.consumer.label}")
    return None


def _hold(view: View, ending: Ending) -> Decision | None:
    held, candidate = view.evidence.held, view.status.candidate
    if candidate is None or not ending.hold:
        return None
    if isinstance(held, Fault):
        return blocked(view, held)
    if held is not None:
        return None
    reason = f"{ending.reason}: {ending.message}"
    effect = HoldVersion(model=view.spec.model, version=candidate.version, reason=reason)
    return act(view, effect, f"hold version {candidate.version}")


def _undone(view: View, ending: Ending) -> View:
    moved, rollout = view.status.alias_moved, view.status.rollout
    status = replace(
        view.status,
        routed=False,
        alias_moved=False,
        told=(),
        rollout=rollout and replace(rollout, weight=0, shadow=False, baselines={}),
    )
    if status.mark is Mark.HOLD and ending.hold:
        status = replace(status, mark=None)
    told = bool(view.status.told)
    view = view.having(status)
    if told:
        view = mark(view, ConditionType.CONSUMERS_CURRENT, Truth.FALSE, "RolledBack")
    if not moved:
        return view
    seen = view.evidence.champion
    where = seen.version if isinstance(seen, ModelVersion) else "no version"
    message = f"{view.spec.target_alias}: {where}"
    return mark(view, ConditionType.ALIAS_CURRENT, Truth.FALSE, "RolledBack", message)
