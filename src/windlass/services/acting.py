"""Carry out an effect. Each compares before it writes, so doing it again does nothing."""

import logging
from functools import singledispatch

from windlass.domain.errors import Conflict, InputError
from windlass.domain.promotion.effects import (
    ApplyRouting,
    CancelEvaluation,
    ClearControls,
    Effect,
    HoldVersion,
    Notify,
    RecordOutcome,
    ReleaseVersion,
    SetAlias,
    StartEvaluation,
    TellConsumer,
)
from windlass.domain.promotion.promotion import Promotion
from windlass.services.audit import audit
from windlass.services.outside import Outside

_LOG = logging.getLogger(__name__)


def perform(outside: Outside, promotion: Promotion, effect: Effect) -> None:
    """Carry out an effect. Raises SystemUnavailable, or Conflict when the world moved on."""
    _perform(effect, outside, promotion)


@singledispatch
def _perform(effect: object, outside: Outside, promotion: Promotion) -> None:
    raise NotImplementedError(f"no way to carry out {type(effect).__name__}")


@_perform.register
def _start(effect: StartEvaluation, outside: Outside, promotion: Promotion) -> None:
    outside.flows.start(effect.deployment, effect.key, effect.parameters)


@_perform.register
def _cancel(effect: CancelEvaluation, outside: Outside, promotion: Promotion) -> None:
    outside.flows.cancel(effect.flow_run)


@_perform.register
def _route(effect: ApplyRouting, outside: Outside, promotion: Promotion) -> None:
    outside.serving.apply(effect.model, effect.routing)


@_perform.register
def _alias(effect: SetAlias, outside: Outside, promotion: Promotion) -> None:
    """Move the alias only from where it was seen: MLflow has no compare-and-swap."""
    current = outside.registry.aliased(effect.model, effect.alias)
    if current == effect.to:
        return
    if current != effect.seen:
        raise Conflict(f"alias {effect.alias} moved to {current} meanwhile")
    gone = effect.way_back and _is_gone(outside, effect)
    if effect.to is None or gone:
        outside.registry.delete_alias(effect.model, effect.alias)
    else:
        outside.registry.set_alias(effect.model, effect.alias, effect.to)


def _is_gone(outside: Outside, effect: SetAlias) -> bool:
    return effect.to is not None and outside.registry.version(effect.model, effect.to) is None


@_perform.register
def _tell(effect: TellConsumer, outside: Outside, promotion: Promotion) -> None:
    redis, block = effect.consumer.redis, effect.consumer.prefect_block
    if redis is not None:
        outside.keyvalue.write(redis.key, redis.field, effect.value)
    if block is not None:
        outside.blocks.write_field(block.name, block.field, effect.value)


@_perform.register
def _hold(effect: HoldVersion, outside: Outside, promotion: Promotion) -> None:
    outside.registry.hold(effect.model, effect.version, effect.reason)


@_perform.register
def _release(effect: ReleaseVersion, outside: Outside, promotion: Promotion) -> None:
    """Release every version of the bundle: a hold is on what was rolled back, not on a number."""
    versions = outside.registry.versions(effect.model)
    digest = next((v.bundle_digest for v in versions if v.version == effect.version), None)
    for version in versions:
        same = version.bundle_digest == digest and digest is not None
        if version.held is not None and (same or version.version == effect.version):
            outside.registry.release(effect.model, version.version)


@_perform.register
def _clear(effect: ClearControls, outside: Outside, promotion: Promotion) -> None:
    outside.promotions.annotate(promotion, {verb.annotation: None for verb in effect.verbs})


@_perform.register
def _record(effect: RecordOutcome, outside: Outside, promotion: Promotion) -> None:
    audit(outside.objects, promotion)
    if effect.version is None:
        return
    try:
        outside.registry.tag(effect.model, effect.version, effect.tags)
    except InputError as gone:
        _LOG.info("%s: its outcome is on no version: %s", promotion.key, gone)


@_perform.register
def _notify(effect: Notify, outside: Outside, promotion: Promotion) -> None:
    for block in effect.blocks:
        outside.blocks.notify(block, effect.subject, effect.body)
