"""Drift: what is in production no longer is what the promotion put there."""

from windlass.domain.promotion.conditions import ConditionType, Truth, truth
from windlass.domain.promotion.effects import SetAlias
from windlass.domain.promotion.evidence import Fault
from windlass.domain.promotion.phases.champion import reference
from windlass.domain.promotion.phases.routes import champion_only, ensure, stored
from windlass.domain.promotion.spec import DriftPolicy
from windlass.domain.promotion.status import Phase, VersionRef
from windlass.domain.promotion.view import Decision, View, act, journaled, mark, stall
from windlass.domain.versions import ModelVersion


def drift(view: View) -> tuple[View, Decision | None]:
    """Compare alias and routing with the version in production; a decision where they differ.

    A system that does not answer shows no drift. Nor do alias and routing that agree on another
    version: another promotion brought that about, even if its object is deleted since.
    """
    seen, candidate = view.evidence.champion, view.status.candidate
    if candidate is None or isinstance(seen, Fault):
        return view, None
    now_at = seen.version if isinstance(seen, ModelVersion) else None
    in_production, served = candidate, stored(view).champion
    if now_at != candidate.version:
        if served is not None and served.version == now_at:
            return view, None
        if view.spec.drift_policy is DriftPolicy.REVERT:
            return view, _revert(view, candidate, now_at)
        if view.spec.drift_policy is DriftPolicy.REPORT or not isinstance(seen, ModelVersion):
            return view, _report(view, candidate, now_at)
        in_production = reference(seen)
        view = _note(view, "Adopted", f"version {now_at} was adopted: the alias was moved to it")
    else:
        alias = view.spec.target_alias
        view = mark(view, ConditionType.ALIAS_CURRENT, Truth.TRUE, "AliasSet", f"{alias}: {now_at}")
    return _routing(view, in_production)


def _routing(view: View, version: VersionRef) -> tuple[View, Decision | None]:
    if view.evidence.served is not True or isinstance(view.evidence.reports, Fault):
        return view, None
    if version.bundle_digest is None or not view.evidence.reports:
        return view, None
    return ensure(view, champion_only(view, version), f"serve version {version.version}")


def _revert(view: View, candidate: VersionRef, now_at: object) -> Decision:
    seen = view.evidence.champion
    effect = SetAlias(
        model=view.spec.model,
        alias=view.spec.target_alias,
        seen=seen.version if isinstance(seen, ModelVersion) else None,
        to=candidate.version,
    )
    view = _note(view, "Reverted", f"alias was at {now_at or 'nothing'}, moved back")
    return act(view, effect, f"alias back to {candidate.version}")


def _report(view: View, candidate: VersionRef, now_at: object) -> Decision:
    message = (
        f"alias {view.spec.target_alias} was moved to {now_at or 'nothing'} by hand, version"
        f" {candidate.version} is still served; move it back, or promote the other version"
    )
    return stall(_note(view, "Drifted", message), "Drifted", message)


def _note(view: View, reason: str, message: str) -> View:
    """Set the condition, and journal the drift when it is new."""
    was = truth(view.status.conditions, ConditionType.ALIAS_CURRENT)
    view = mark(view, ConditionType.ALIAS_CURRENT, Truth.FALSE, reason, message)
    if was is Truth.FALSE:
        return view
    return view.having(journaled(view.status, "Drift", reason, message, view.now))


def owner(view: View) -> bool:
    """Whether this closed promotion still answers for what is in production.

    The latest that succeeded does, while no other promotion routes the model's traffic, and
    unless its version was rolled back since by another promotion of the same version.
    """
    rivals = view.evidence.rivals
    if isinstance(rivals, Fault):
        return False
    mine = (view.status.finished_at or view.now, view.evidence.subject.key)
    version = view.status.candidate.version if view.status.candidate else None
    for rival in rivals:
        later = (rival.finished_at or rival.created_at, rival.key) > mine
        undone = rival.phase is Phase.ROLLED_BACK and rival.version == version
        if rival.phase.serving or (later and (undone or rival.phase is Phase.SUCCEEDED)):
            return False
    return True
