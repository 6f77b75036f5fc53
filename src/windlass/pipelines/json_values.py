"""Values of JSON requests, read with messages that name the field."""

import math
from collections.abc import Mapping

from windlass.pipelines.contract import InvalidRequest

Fields = Mapping[str, object]


def number(value: object, field: str) -> float:
    """Finite number of a JSON value; a truth value is none."""
    if type(value) is float and math.isfinite(value):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidRequest(field, f"must be a number, not {value!r:.40}")
    try:
        finite = math.isfinite(value)
    except OverflowError:
        finite = False
    if not finite:
        raise InvalidRequest(field, "must be a finite number")
    return float(value)


def fields_of(value: object, field: str) -> Fields:
    """A JSON object."""
    if not isinstance(value, dict):
        raise InvalidRequest(field, "must be an object")
    return value


def required(given: Fields, name: str, place: str) -> object:
    """Value of a field; `place` is what stands before its name in messages."""
    if name not in given:
        raise InvalidRequest(place + name, "is missing")
    return given[name]
