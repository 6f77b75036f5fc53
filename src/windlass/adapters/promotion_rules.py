"""What the Kubernetes API server would do with a write: the rules of the stores that stand in."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from windlass.domain.errors import Conflict, InputError
from windlass.domain.promotion.promotion import Promotion, PromotionKey
from windlass.domain.promotion.spec import PromotionSpec
from windlass.domain.promotion.validation import DNS_LABEL


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """What somebody applies."""

    key: PromotionKey
    spec: PromotionSpec
    annotations: Mapping[str, str]


def created(applied: Application, now: datetime) -> Promotion:
    """Return a new object; the store sets its resource version."""
    for part in applied.key:
        if not DNS_LABEL.fullmatch(part):
            raise InputError(
                f"{part!r} can't name a promotion or its namespace: use lower-case letters, digits"
                " and hyphens, at most 63"
            )
    return Promotion(
        key=applied.key,
        uid=str(uuid.uuid4()),
        generation=1,
        resource_version="",
        created_at=now,
        annotations=dict(applied.annotations),
        spec=applied.spec,
    )


_IMMUTABLE = {"model": "model", "candidate": "candidate", "target_alias": "targetAlias"}


def reapplied(current: Promotion, applied: Application) -> Promotion:
    """Return the object with another spec; the same one again changes nothing."""
    if current.deleted:
        raise Conflict(f"{current.key} is being deleted: apply it again once it is gone")
    for field, name in _IMMUTABLE.items():
        if getattr(current.spec, field) != getattr(applied.spec, field):
            raise InputError(
                f"spec.{name} of {current.key} is immutable: give the new promotion another name"
            )
    return replace(
        current,
        spec=applied.spec,
        generation=current.generation + (applied.spec != current.spec),
        annotations={**current.annotations, **applied.annotations},
    )


def annotated(current: Promotion, changes: Mapping[str, str | None]) -> Promotion:
    """Return the object with annotations set, or removed where the value is None."""
    merged = {**current.annotations, **changes}
    kept = {name: value for name, value in merged.items() if value is not None}
    return replace(current, annotations=kept)


def unchanged_since(read: Promotion, current: Promotion | None) -> Promotion:
    """Return the stored object, or raise Conflict when it is not the one that was read."""
    if current is None:
        raise Conflict(f"{read.key} was deleted meanwhile")
    if current.uid != read.uid or current.resource_version != read.resource_version:
        raise Conflict(f"{read.key} changed meanwhile: read it again")
    return current


def oldest_first(promotion: Promotion) -> tuple[datetime, str, str]:
    """Order of lists."""
    return (promotion.created_at, promotion.key.name, promotion.key.namespace)
