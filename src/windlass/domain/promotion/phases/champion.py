"""Whether what is in production still is what the candidate was compared with."""

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
    rivals = view.evidence.rivals
    for rival in () if isinstance(rivals, Fault) else rivals:
        if rival.phase.serving and not view.status.routed:
            return wait(view, "Queued", f"waits for {rival.key} ({rival.phase}) of the same model")
        if rival.phase.serving:
            return _again(view, f"{rival.key} changes what is in production")
    if view.status.rollout is None or view.status.rollout.step < 0:
        return _by_alias(view)
    current = view.evidence.routing
    if isinstance(current, Routing) and current.champion != routed(view, view.status.champion):
        return _again(view, "the routing names another champion")
    return None


def _by_alias(view: View) -> Decision | None:
    for seen in (view.evidence.champion, view.evidence.routing):
        if isinstance(seen, Fault):
            return blocked(view, seen)
    now_at, before = in_production(view), view.status.champion
    if (now_at and now_at.version) == (before and before.version):
        return None
    message = f"version {now_at.version if now_at else 'none'} is in production now"
    return _again(view, message)


def _again(view: View, message: str) -> Decision:
    text = f"{message}: the analysis starts again"
    return leave(view, Ending(phase=Phase.PENDING, reason="ChampionChanged", message=text))
