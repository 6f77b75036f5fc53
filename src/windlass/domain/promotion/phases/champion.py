"""Whether what is in production still is what the candidate was compared with."""

from dataclasses import replace

from windlass.domain.promotion.evidence import Fault
from windlass.domain.promotion.phases.routes import routed, stored
from windlass.domain.promotion.status import Ending, Phase, VersionRef
from windlass.domain.promotion.view import Decision, View, blocked, leave, wait
from windlass.domain.routing import Routing
from windlass.domain.versions import ModelVersion


def in_production(view: View) -> VersionRef | None:
    """Return the version behind the alias; the one that is served, while the alias is gone.

    Or while somebody moved it to the candidate by hand: no gate has let that one through.
    """
    current, candidate = view.evidence.champion, view.status.candidate
    if isinstance(current, ModelVersion) and (
        candidate is None or candidate.version != current.version
    ):
        return reference(current)
    served = stored(view).champion
    if served is None:
        return None
    return VersionRef(version=served.version, bundle_digest=served.digest)


def reference(version: ModelVersion) -> VersionRef:
    """Return what status keeps of a version."""
    return VersionRef(
        version=version.version, run_id=version.run_id, bundle_digest=version.bundle_digest
    )


def displaced(view: View) -> Decision | None:
    """Step aside when the champion is rolled back meanwhile, or this would bring it back.

    Until the candidate is loaded everywhere the alias tells, afterwards the routing document,
    so that an outage of the registry stops no rollout.
    """
    aside = _by_rivals(view)
    if aside is not None:
        return aside
    if view.status.rollout is None or view.status.rollout.step < 0:
        return _by_alias(view)
    current = view.evidence.routing
    if isinstance(current, Routing) and current.champion != routed(view, view.status.champion):
        return _again(view, "the routing names another champion")
    return None


def displaced_late(view: View) -> Decision | None:
    """The same while all traffic goes over to the candidate, whose alias has not moved yet."""
    if view.status.alias_moved:
        return None
    current, candidate = view.evidence.routing, routed(view, view.status.candidate)
    known = (None, candidate, routed(view, view.status.champion))
    if isinstance(current, Routing) and current.champion not in known:
        return _again(view, "the routing names another champion")
    return _by_rivals(view)


def _by_rivals(view: View) -> Decision | None:
    rivals = view.evidence.rivals
    for rival in () if isinstance(rivals, Fault) else rivals:
        if rival.phase.serving and not view.status.routed:
            return wait(view, "Queued", f"waits for {rival.key} ({rival.phase}) of the same model")
        if rival.phase.serving:
            return _again(view, f"{rival.key} changes what is in production")
    return None


def _by_alias(view: View) -> Decision | None:
    held = view.evidence.held
    for seen in (view.evidence.champion, view.evidence.routing, held):
        if isinstance(seen, Fault):
            return blocked(view, seen)
    if isinstance(held, str):
        return leave(view, Ending(phase=Phase.PENDING, reason="Held", message=held))
    now_at, before = in_production(view), view.status.champion
    if (now_at and now_at.version) == (before and before.version):
        return None
    message = f"version {now_at.version if now_at else 'none'} is in production now"
    return _again(view, message)


def _again(view: View, message: str) -> Decision:
    """Begin anew: another attempt, for what was evaluated was compared with another champion."""
    text = f"{message}: the analysis starts again"
    view = view.having(replace(view.status, attempt=view.status.attempt + 1))
    return leave(view, Ending(phase=Phase.PENDING, reason="ChampionChanged", message=text))
