"""What people ask of promotions: apply a manifest, and send controls."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from windlass.domain.errors import Conflict, InputError
from windlass.domain.names import Version
from windlass.domain.promotion.controls import CREATED_BY, Control, Verb
from windlass.domain.promotion.promotion import Promotion, PromotionKey
from windlass.domain.promotion.spec import PromotionSpec
from windlass.domain.promotion.status import JournalEntry, Phase
from windlass.ports.promotions import Promotions
from windlass.ports.registry import Registry

_ATTEMPTS = 20
"""The reconciler writes the same objects; somebody always gets through."""


class Applied(StrEnum):
    """What became of a proposal."""

    CREATED = "created"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    CLOSED = "closed"
    """It has ended before; applying it again does nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A manifest and who brings it."""

    namespace: str
    name: str | None
    """None: it is named after the model and the version."""
    annotations: Mapping[str, str]
    spec: PromotionSpec
    actor: str


def candidate_version(registry: Registry, spec: PromotionSpec) -> Version:
    """Version that a spec asks production for; InputError when there is none."""
    model, wanted = spec.model, spec.candidate
    if wanted.version is not None:
        if registry.version(model, wanted.version) is None:
            known = [version.version for version in registry.versions(model)]
            there_are = f"it has {', '.join(known)}" if known else "train the model first"
            raise InputError(f"{model} has no version {wanted.version}; {there_are}")
        return wanted.version
    found = registry.aliased(model, wanted.alias) if wanted.alias is not None else None
    if found is None:
        raise InputError(
            f"no version of {model} carries the alias {wanted.alias}:"
            f" train one with `windlass train {model}`, or name a version"
        )
    return found


def propose(
    promotions: Promotions, registry: Registry | None, proposal: Proposal
) -> tuple[Promotion, Applied]:
    """Apply a proposal unless the promotion of its name has ended.

    Without a registry the proposal needs a name, and only the reconciler sees whether there is such
    a candidate.
    """
    name = proposal.name
    if name is None:
        if registry is None:
            raise InputError("the promotion needs a name: give metadata.name, or --name")
        name = f"{proposal.spec.model}-v{candidate_version(registry, proposal.spec)}"
    key = PromotionKey(proposal.namespace, name)
    before = promotions.get(key)
    if before is not None and before.status.phase.terminal:
        return before, Applied.CLOSED
    if before is None and registry is not None:
        candidate_version(registry, proposal.spec)
    written = before is None or _more_than_suspend(before.spec, proposal.spec)
    annotations = {CREATED_BY: proposal.actor, **proposal.annotations} if written else {}
    after = promotions.apply(key, proposal.spec, annotations)
    if before is None:
        return after, Applied.CREATED
    same = after.generation == before.generation
    return after, Applied.UNCHANGED if same else Applied.CHANGED


def check_in_production(registry: Registry, closed: Promotion) -> None:
    """Raise InputError unless the version of a promotion that ended before is there now.

    Whoever asks again after a success hears of it; nobody takes an old success for a new one.
    """
    spec, candidate = closed.spec, closed.status.candidate
    now_at = registry.aliased(spec.model, spec.target_alias)
    if candidate is not None and now_at == candidate.version:
        return
    name, phase = closed.key.name, closed.status.phase
    raise InputError(
        f"promotion {name} is closed ({phase}) and {spec.target_alias} is at {now_at or 'nothing'}:"
        f" applying it again does nothing; {how_to_repeat(closed)}"
    )


def how_to_repeat(closed: Promotion) -> str:
    """What to do instead of applying it again; what succeeded is not retried."""
    anew = "`windlass promote` it under another --name"
    if closed.status.phase is Phase.SUCCEEDED:
        return anew
    return f"`windlass promotions retry {closed.key.name}`, or {anew}"


def _more_than_suspend(before: PromotionSpec, after: PromotionSpec) -> bool:
    return replace(before, suspend=after.suspend) != after


def send(promotions: Promotions, key: PromotionKey, verb: Verb, actor: str) -> Promotion:
    """Write a control onto a promotion, for the generation that is there now."""
    for _ in range(_ATTEMPTS):
        promotion = required(promotions, key)
        control = Control(verb=verb, actor=actor, generation=promotion.generation)
        try:
            return promotions.annotate(promotion, {verb.annotation: control.value})
        except Conflict:
            continue
    raise Conflict(f"{key.name} does not hold still for a write; try again")


def required(promotions: Promotions, key: PromotionKey) -> Promotion:
    """Read a promotion that must be there."""
    found = promotions.get(key)
    if found is None:
        raise InputError(f"there is no promotion {key.name}; see `windlass promotions ls`")
    return found


def reply(before: Promotion, now: Promotion, verb: Verb) -> JournalEntry | None:
    """What the reconciler noted about a control sent after `before` was read; None: nothing yet."""
    news = now.status.journal_length - before.status.journal_length
    fresh = now.status.journal[-news:] if news > 0 else ()
    step = verb.value.capitalize()
    return next((entry for entry in fresh if entry.step == step), None)
