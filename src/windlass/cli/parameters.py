"""`--param name=value` options."""

import json
from collections.abc import Sequence

from windlass.domain.errors import InputError


def texts(pairs: Sequence[str]) -> dict[str, str]:
    """Split the pairs; InputError for one without `=`, or given twice."""
    found: dict[str, str] = {}
    for pair in pairs:
        name, separator, value = pair.partition("=")
        if not separator or not name:
            raise InputError(f"--param {pair}: give it as name=value")
        if name in found:
            raise InputError(f"--param {name} is given twice")
        found[name] = value
    return found


def values(pairs: Sequence[str]) -> dict[str, object]:
    """The same with values read as JSON where they are JSON: numbers, true, lists."""
    return {name: _value(text) for name, text in texts(pairs).items()}


def _value(text: str) -> object:
    try:
        value: object = json.loads(text)
    except ValueError:
        return text
    return value
