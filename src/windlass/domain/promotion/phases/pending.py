"""Pending: resolve the candidate once, and wait for one's turn."""

from dataclasses import replace

from windlass.domain.promotion.conditions import ConditionType, Truth
from windlass.domain.promotion.evidence import Fault, Rival
from windlass.domain.promotion.phases.champion import in_production, reference
from windlass.domain.promotion.phases.routes import stored
from windlass.domain.promotion.spec import DriftPolicy, Policy
from windlass.domain.promotion.status import Mark, Phase
from windlass.domain.promotion.view import (
    Decision,
    View,
    blocked,
    close,
    enter,
    failed,
    fingerprint,
    mark,
    stall,
    wait,
)
from windlass.domain.routing import Routing
from windlass.domain.versions import ModelVersion


def pending(view: View) -> Decision:
    """Find the candidate, then its turn, then the champion it has to beat."""
    candidate = view.evidence.candidate
    if isinstance(candidate, Fault):
        return blocked(view, candidate)
    if candidate is None:
        return close(view, failed("CandidateNotFound", _not_found(view)))
    view = view.having(replace(view.status, candidate=reference(candidate)))
    rivals = view.evidence.rivals
    if isinstance(rivals, Fault):
        return blocked(view, rivals)
    ahead = _ahead(view, rivals)
    if ahead is not None:
        return wait(view, "Queued", f"waits for {ahead.key} ({ahead.phase}) of the same model")
    return _its_turn(view, candidate)


def _its_turn(view: View, candidate: ModelVersion) -> Decision:
    held, champion = view.evidence.held, view.evidence.champion
    for seen in (held, champion, view.evidence.routing):
        if isinstance(seen, Fault):
            return blocked(view, seen)
    if view.status.mark is Mark.HOLD:
        held = held or "held by hand"
    if isinstance(held, str):
        release = f"`windlass promotions release {view.evidence.subject.key.name}`"
        message = f"version {candidate.version} is held ({held}); {release}"
        return stall(view, "Held", message)
    astray = _astray(view, candidate)
    if astray is not None:
        return stall(view, "Drifted", astray)
    status = replace(view.status, champion=in_production(view), analysed=fingerprint(view.spec))
    view = view.having(status)
    if isinstance(champion, ModelVersion) and _already_there(view, champion):
        message = f"version {champion.version} already is {view.spec.target_alias}; nothing to do"
        decision = enter(view, Phase.SUCCEEDED, "AlreadyChampion", message)
        return replace(decision, status=replace(decision.status, finished_at=view.now))
    view = mark(view, ConditionType.VALIDATED, Truth.UNKNOWN, "Validating")
    return enter(view, Phase.VALIDATING, "Resolved", f"candidate is version {candidate.version}")


def _astray(view: View, candidate: ModelVersion) -> str | None:
    """Say what to do about an alias moved by hand: no gate has let that version into production."""
    champion, served = view.evidence.champion, stored(view).champion
    if view.spec.drift_policy is DriftPolicy.ADOPT or served is None:
        return None
    if not isinstance(champion, ModelVersion):
        return None
    if champion.version in (served.version, candidate.version):
        return None
    return (
        f"alias {view.spec.target_alias} was moved to {champion.version} by hand, version"
        f" {served.version} is still served; move it back, or set driftPolicy to Adopt"
    )


def _already_there(view: View, champion: ModelVersion) -> bool:
    """Whether the candidate is in production, by alias and, if there is one, by document."""
    candidate, document = view.status.candidate, view.evidence.routing
    if candidate is None or champion.version != candidate.version:
        return False
    if not isinstance(document, Routing):
        return True
    return document.champion is not None and document.champion.version == candidate.version


def _ahead(view: View, rivals: tuple[Rival, ...]) -> Rival | None:
    """Whoever is at work on the model, or was there before us."""
    mine = (view.evidence.subject.created_at, view.evidence.subject.key)
    for rival in rivals:
        if rival.phase.terminal:
            continue
        if rival.phase is not Phase.PENDING or (rival.created_at, rival.key) < mine:
            if view.spec.policy is Policy.SUPERSEDE and rival.phase is Phase.PENDING:
                continue
            return rival
    return None


def _not_found(view: View) -> str:
    wanted = view.spec.candidate
    what = f"version {wanted.version}" if wanted.version else f"alias {wanted.alias}"
    model = view.spec.model
    return f"model {model} has no {what}: train one (`windlass train`, on a cluster its flow)"
