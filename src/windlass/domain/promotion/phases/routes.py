"""Which routing a phase wants, and whether the servers have it."""

from dataclasses import replace

from windlass.domain.bundle import bundle_prefix
from windlass.domain.names import Digest
from windlass.domain.promotion.conditions import ConditionType, Truth
from windlass.domain.promotion.effects import ApplyRouting
from windlass.domain.promotion.evidence import Fault
from windlass.domain.promotion.status import VersionRef
from windlass.domain.promotion.view import Decision, View, act, blocked, mark, wait
from windlass.domain.routing import NOTHING, Routed, Routing


def stored(view: View) -> Routing:
    """Return the stored document; an empty one when there is none or it can't be read."""
    routing = view.evidence.routing
    return routing if isinstance(routing, Routing) else NOTHING


def routed(view: View, version: VersionRef | None) -> Routed | None:
    """Return a version as serving sees it; None for none, or for one without a bundle."""
    if version is None or version.bundle_digest is None:
        return None
    digest = version.bundle_digest
    return Routed(version=version.version, uri=bundle_prefix(digest), digest=digest)


def champion_only(view: View, version: VersionRef | None, held: Digest | None = None) -> Routing:
    """Everything to one version; `held` is told along, a version in production is not held."""
    champion = routed(view, version)
    kept = {*stored(view).held, *((held,) if held else ())}
    if champion is not None:
        kept.discard(champion.digest)
    return Routing(generation=0, champion=champion, held=tuple(sorted(kept)))


def split(view: View, weight: int, shadow: bool) -> Routing:
    """Champion and candidate side by side."""
    base = champion_only(view, view.status.champion)
    candidate = routed(view, view.status.candidate)
    held = tuple(d for d in base.held if candidate is None or d != candidate.digest)
    return replace(base, candidate=candidate, weight=weight, shadow=shadow, held=held)


def ensure(view: View, wanted: Routing, why: str) -> tuple[View, Decision | None]:
    """Bring the servers to `wanted`; a decision is returned until every one acknowledged it."""
    current, reports = view.evidence.routing, view.evidence.reports
    if isinstance(current, Fault):
        return view, blocked(view, current)
    document = _numbered(view, wanted)
    if document != current:
        return view, _apply(view, document, why)
    if isinstance(reports, Fault):
        return view, blocked(view, reports)
    if not reports:
        return view, wait(view, "NoServer", "no server of the model is running")
    missing = [report.server for report in reports if not report.acknowledges(document)]
    if missing:
        return view, _apply(view, document, f"{why}: waits for {', '.join(missing)}")
    message = f"generation {document.generation} acknowledged by {len(reports)} server(s)"
    return mark(view, ConditionType.ROUTING_APPLIED, Truth.TRUE, "Acknowledged", message), None


def _numbered(view: View, wanted: Routing) -> Routing:
    """Give a new document a number above all that is stored or obeyed: lower ones are refused.

    A server can be ahead of the store when the stored document was lost.
    """
    current, reports = stored(view), view.evidence.reports
    obeyed = [] if isinstance(reports, Fault) else [r.routing.generation for r in reports]
    highest = max((current.generation, *obeyed))
    exists = isinstance(view.evidence.routing, Routing)
    if exists and current.same_traffic(wanted) and highest == current.generation:
        return current
    return replace(wanted, generation=highest + 1)


def _apply(view: View, document: Routing, why: str) -> Decision:
    view = view.having(replace(view.status, routed=True))
    view = mark(view, ConditionType.ROUTING_APPLIED, Truth.FALSE, "Applying", why)
    return act(view, ApplyRouting(model=view.spec.model, routing=document), why)
