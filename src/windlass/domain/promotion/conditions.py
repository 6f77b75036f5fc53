"""Conditions: what `kubectl wait` and people look at. A reason belongs here, Events vanish."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum


class ConditionType(StrEnum):
    """In the order they come true."""

    READY = "Ready"
    RECONCILING = "Reconciling"
    STALLED = "Stalled"
    VALIDATED = "Validated"
    EVALUATED = "Evaluated"
    APPROVED = "Approved"
    ROUTING_APPLIED = "RoutingApplied"
    VERIFIED = "Verified"
    ALIAS_CURRENT = "AliasCurrent"
    CONSUMERS_CURRENT = "ConsumersCurrent"
    PROMOTED = "Promoted"


class Truth(StrEnum):
    """Kubernetes' three-valued truth."""

    TRUE = "True"
    FALSE = "False"
    UNKNOWN = "Unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One condition, as in metav1.Condition."""

    type: ConditionType
    status: Truth
    reason: str
    message: str = ""
    last_transition_time: datetime
    observed_generation: int = 0


def marked(conditions: tuple[Condition, ...], new: Condition) -> tuple[Condition, ...]:
    """Return the conditions with one set; its transition time stays when its truth does."""
    kept = {condition.type: condition for condition in conditions}
    old = kept.get(new.type)
    if old is not None and old.status is new.status:
        if _said(old) == _said(new):
            return conditions
        new = replace(new, last_transition_time=old.last_transition_time)
    kept[new.type] = new
    return tuple(kept[type_] for type_ in ConditionType if type_ in kept)


def _said(condition: Condition) -> tuple[str, str, int]:
    return condition.reason, condition.message, condition.observed_generation


def truth(conditions: tuple[Condition, ...], type_: ConditionType) -> Truth:
    """Truth of one condition; Unknown when it was never set."""
    for condition in conditions:
        if condition.type is type_:
            return condition.status
    return Truth.UNKNOWN
