"""Promoting: routing, then alias, then consumers; each step looks before it writes."""

from dataclasses import replace

from windlass.domain.names import ModelName, Version
from windlass.domain.promotion.canary import baselines
from windlass.domain.promotion.conditions import ConditionType, Truth
from windlass.domain.promotion.effects import SetAlias, TellConsumer
from windlass.domain.promotion.evidence import UNSEEN, Fault
from windlass.domain.promotion.phases.champion import displaced_late
from windlass.domain.promotion.phases.progressing import unfit, within_deadline
from windlass.domain.promotion.phases.routes import champion_only, ensure
from windlass.domain.promotion.status import Phase, RolloutStatus, Told
from windlass.domain.promotion.view import (
    Decision,
    View,
    act,
    blocked,
    enter,
    errored,
    leave,
    mark,
)
from windlass.domain.versions import ModelVersion


def promoting(view: View) -> Decision:
    """Put the candidate into production."""
    refusal = unfit(view)
    if refusal is not None:
        return leave(view, refusal)
    served = view.evidence.served
    if isinstance(served, Fault):
        return blocked(view, served)
    aside = displaced_late(view)
    if aside is not None:
        return aside
    if served:
        wanted = champion_only(view, view.status.candidate)
        view, pending = ensure(view, wanted, "all traffic to the candidate")
        if pending is not None:
            return within_deadline(view, pending, _not_loaded(view))
    return _alias(view)


def _not_loaded(view: View) -> str:
    """Say what the servers say of a champion that they can't load."""
    reports = () if isinstance(view.evidence.reports, Fault) else view.evidence.reports
    said = [f"{r.server}: {r.champion_problem}" for r in reports if r.champion_problem is not None]
    return "; ".join(("the candidate was not loaded everywhere as champion", *said))


def model_key(model: ModelName, version: Version | None) -> str | None:
    """What consumers carry: `<registered model>/<version>`."""
    return f"{model}/{version}" if version is not None else None


def _alias(view: View) -> Decision:
    seen, candidate = view.evidence.champion, view.status.candidate
    if isinstance(seen, Fault):
        return blocked(view, seen)
    if candidate is None:
        return leave(view, errored("CandidateUnknown", "no candidate was resolved; retry"))
    now_at = seen.version if isinstance(seen, ModelVersion) else None
    before = view.status.champion.version if view.status.champion else None
    alias = view.spec.target_alias
    if now_at == candidate.version:
        view = view.having(replace(view.status, alias_moved=True))
        view = mark(view, ConditionType.ALIAS_CURRENT, Truth.TRUE, "AliasSet", f"{alias}: {now_at}")
        return _consumers(view)
    if now_at not in (before, None):
        message = (
            f"alias {alias} was moved to {now_at} by somebody else (it was"
            f" {before or 'unset'} when this began); decide which is right, then retry"
        )
        return leave(view, errored("AliasMoved", message))
    view = view.having(replace(view.status, alias_moved=True))
    effect = SetAlias(model=view.spec.model, alias=alias, seen=now_at, to=candidate.version)
    return act(view, effect, f"move alias {alias}")


def _consumers(view: View) -> Decision:
    candidate = view.status.candidate
    key = model_key(view.spec.model, candidate.version if candidate else None)
    for consumer in view.spec.consumers:
        says = view.evidence.consumers.get(consumer.label, UNSEEN)
        if isinstance(says, Fault):
            return blocked(view, says)
        if says != key:
            known = {told.consumer for told in view.status.told}
            told = () if consumer in known else (Told(consumer=consumer, previous=says),)
            view = view.having(replace(view.status, told=(*view.status.told, *told)))
            return act(view, TellConsumer(consumer=consumer, value=key), f"tell {consumer.label}")
    view = mark(view, ConditionType.CONSUMERS_CURRENT, Truth.TRUE, "Told")
    return _soak(view)


def _soak(view: View) -> Decision:
    candidate, reports = view.status.candidate, view.evidence.reports
    digest = candidate.bundle_digest if candidate else None
    known = {}
    if digest is not None and not isinstance(reports, Fault):
        known = baselines(reports, digest, view.spec.rollout.limits)
    rollout = RolloutStatus(
        step=len(view.spec.rollout.steps), weight=100, started_at=view.now, baselines=known
    )
    view = view.having(replace(view.status, rollout=rollout))
    return enter(view, Phase.SOAKING, "Promoted", f"watched for {view.spec.rollback.soak}")
