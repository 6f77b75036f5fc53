"""Single values of JSON documents: strict both ways, nothing is guessed or coerced.

Durations are written as in Kubernetes and Go (`60s`, `1h30m`, `500ms`), times as RFC 3339 in UTC.
"""

import math
import re
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache

from windlass.domain.errors import InputError

_UNITS = {
    "h": timedelta(hours=1),
    "m": timedelta(minutes=1),
    "s": timedelta(seconds=1),
    "ms": timedelta(milliseconds=1),
    "us": timedelta(microseconds=1),
}
_PART = re.compile(r"(\d{1,15}(?:\.\d{1,15})?)(h|ms|m|s|us)", re.ASCII)
_DURATION = re.compile(rf"(?:{_PART.pattern}){{1,5}}", re.ASCII)
_SHOWN = 60
"""Characters of a refused text that a message repeats."""


class Mismatch(ValueError):
    """A value is not what its place asks for; the text goes behind the path."""


def described(value: object) -> str:
    """Name a JSON value for a message."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return f"the number {str(value)[:_SHOWN]}"
        case str():
            return f"the text {value[:_SHOWN]!r}"
        case list() | tuple():
            return "a list"
        case Mapping():
            return "an object"
        case _:
            return f"a {type(value).__name__}"


def text(value: object, _: object = None) -> str:
    """Accept a text."""
    if isinstance(value, str):
        return value
    quotes = ": put it in quotes" if isinstance(value, int | float) else ""
    raise Mismatch(f"must be text, not {described(value)}{quotes}")


def truth(value: object, _: object = None) -> bool:
    """Accept true or false."""
    if isinstance(value, bool):
        return value
    raise Mismatch(f"must be true or false, not {described(value)}")


def whole(value: object, _: object = None) -> int:
    """Accept a whole number; true is none, and neither is 1.0."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise Mismatch(f"must be a whole number, not {described(value)}")


def number(value: object, _: object = None) -> float:
    """Accept a finite number, written with or without a fraction, as the API server does."""
    if (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and abs(value) <= sys.float_info.max
    ):
        return float(value)
    raise Mismatch(f"must be a finite number, not {described(value)}")


def finite(value: float) -> float:
    """Let a number out, unless JSON has no word for it."""
    if math.isfinite(value):
        return value
    raise InputError(f"{value} can't be written as JSON: leave the number out where it is unknown")


def instant(value: object, _: object = None) -> datetime:
    """Accept a time with its zone, and turn it into UTC."""
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise Mismatch(f"must be a time like 2024-05-01T06:00:00Z, not {described(value)}")
    return found if found.tzinfo is UTC else found.astimezone(UTC)


@lru_cache(maxsize=8192)
def instant_text(value: datetime) -> str:
    """Write a time; microseconds stay. Cached: a status repeats its times at every write."""
    if value.tzinfo is None:
        raise InputError(f"the time {value.isoformat()} has no zone: use an aware time in UTC")
    in_utc = value if value.tzinfo is UTC else value.astimezone(UTC)
    return in_utc.isoformat()[: -len("+00:00")] + "Z"


def duration(value: object, _: object = None) -> timedelta:
    """Accept a duration such as `60s` or `1h30m`."""
    if value == "0":
        return timedelta()
    if not isinstance(value, str) or not _DURATION.fullmatch(value):
        raise Mismatch(f"must be a duration like 60s, 30m or 1h30m, not {described(value)}")
    try:
        return sum((_part(*found) for found in _PART.findall(value)), timedelta())
    except OverflowError:
        raise Mismatch(f"is longer than any duration may be: {value!r}") from None


def _part(amount: str, unit: str) -> timedelta:
    return _UNITS[unit] * (float(amount) if "." in amount else int(amount))


def duration_text(value: timedelta) -> str:
    """Write a duration in its largest units: ninety seconds are `1m30s`."""
    if value < timedelta():
        raise InputError(f"the duration {value} is negative")
    parts = []
    for unit, size in _UNITS.items():
        amount, value = divmod(value, size)
        if amount:
            parts.append(f"{amount}{unit}")
    return "".join(parts) or "0s"


def choice(value: object, type_: type[StrEnum]) -> StrEnum:
    """Accept one of an enumeration's values."""
    try:
        return type_(text(value))
    except ValueError as error:
        if isinstance(error, Mismatch):
            raise
        known = ", ".join(member.value for member in type_)
        raise Mismatch(f"must be one of {known}, not {described(value)}") from None


def bucket(value: object, _: object = None) -> int:
    """Accept a whole number written as a key, which JSON has as text only."""
    if isinstance(value, str) and re.fullmatch(r"-?\d{1,9}", value, re.ASCII):
        return int(value)
    raise Mismatch(f"must be a whole number in quotes, not {described(value)}")
