"""Controls: what people ask of a promotion by annotation.

`windlass.dev/<verb>: <user> <generation>`. The admission policy keeps the user truthful. A control
is consumed: acted upon once, noted in status, then its annotation is removed.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

PREFIX = "windlass.dev/"
CREATED_BY = PREFIX + "created-by"

_GENERATION = re.compile(r"[0-9]{1,18}")


class Verb(StrEnum):
    """What can be asked."""

    APPROVE = "approve"
    REJECT = "reject"
    ABORT = "abort"
    RETRY = "retry"
    ROLLBACK = "rollback"
    HOLD = "hold"
    RELEASE = "release"
    REFRESH = "refresh"

    @property
    def annotation(self) -> str:
        """Full name of the annotation."""
        return PREFIX + self.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """One request of a person."""

    verb: Verb
    actor: str
    generation: int

    @property
    def value(self) -> str:
        """The annotation's value."""
        return f"{self.actor} {self.generation}"


def controls_of(annotations: Mapping[str, str]) -> tuple[Control, ...]:
    """Read the controls among an object's annotations; a malformed one asks for nothing."""
    found = (_parse(verb, annotations.get(verb.annotation, "")) for verb in Verb)
    return tuple(control for control in found if control is not None)


def _parse(verb: Verb, value: str) -> Control | None:
    actor, _, generation = value.rpartition(" ")
    if not actor or not _GENERATION.fullmatch(generation):
        return None
    return Control(verb=verb, actor=actor, generation=int(generation))
