"""Parameters given as text (`--param gap_hours=0`), read into a pipeline's typed parameters."""

import dataclasses
import difflib
from collections.abc import Iterable, Mapping
from typing import TypeVar, get_type_hints

from windlass.domain.errors import InputError

P = TypeVar("P")

_TRUTHS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_KINDS: Mapping[type, str] = {int: "a whole number", float: "a number", bool: "true or false"}


def parse_parameters(kind: type[P], assignments: Iterable[str]) -> P:
    """Build `kind`, a dataclass whose fields all have defaults, from `name=value` texts."""
    types = get_type_hints(kind)
    values: dict[str, object] = {}
    for assignment in assignments:
        name, equals, text = assignment.partition("=")
        name = name.strip().replace("-", "_")
        if not equals:
            raise InputError(f"parameter {assignment!r} has no value; write it as name=value")
        if name not in types:
            raise InputError(_unknown(name, types))
        values[name] = _value(name, text.strip(), types[name])
    return kind(**values)


def known_parameters(kind: type) -> tuple[str, ...]:
    """Names of a pipeline's parameters."""
    return tuple(get_type_hints(kind))


def parameter_texts(parameters: object) -> dict[str, str]:
    """Parameters as text, as tracking and study names want them."""
    if not dataclasses.is_dataclass(parameters) or isinstance(parameters, type):
        raise TypeError("parameters are an instance of a dataclass")
    return {name: str(value) for name, value in dataclasses.asdict(parameters).items()}


def _unknown(name: str, types: Mapping[str, object]) -> str:
    close = difflib.get_close_matches(name, types, n=1)
    guess = f" (did you mean {close[0]}?)" if close else ""
    return f"unknown parameter {name}{guess}; there are: {', '.join(sorted(types))}"


def _value(name: str, text: str, kind: type) -> object:
    try:
        return _TRUTHS[text.lower()] if kind is bool else kind(text)
    except (ValueError, KeyError):
        raise InputError(f"parameter {name} must be {_KINDS[kind]}, not {text!r}") from None
