"""What to say about a document that can't be read: one line per problem, its place first."""

import dataclasses
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any

from cattrs.errors import ClassValidationError, ForbiddenExtraKeysError, IterableValidationError

MAX_PROBLEMS = 20
"""More are counted, not told: the first ones are mended first."""


MAX_PLACE = 80
"""Characters of a name that a message repeats."""


def explain(error: Exception, path: str) -> list[str]:
    """List the problems behind what the converter raised for the value at `path`."""
    found = list(_problems(error, path))
    more = len(found) - MAX_PROBLEMS
    return found[:MAX_PROBLEMS] + ([f"and {more} more problems"] if more > 0 else [])


def _problems(error: BaseException, path: str) -> Iterator[str]:
    for problem, place in _parts(error):
        yield from _problems(problem, path if place is None else below(path, place))
    match error:
        case BaseExceptionGroup():
            pass
        case ForbiddenExtraKeysError():
            for name in sorted(map(str, error.extra_fields)):
                yield f"{below(path, name)}: unknown field{_suggestion(name, error.cl)}"
        case KeyError():
            yield f"{path}: missing"
        case _:
            yield f"{path}: {error}" if path else str(error)


def _parts(error: BaseException) -> Iterator[tuple[BaseException, str | int | None]]:
    if isinstance(error, ClassValidationError):
        fields, whole = error.group_exceptions()
        names = wire_names(error.cl)
        yield from ((problem, names[note.name]) for problem, note in fields)
        yield from ((problem, None) for problem in whole)
    elif isinstance(error, IterableValidationError):
        items, whole = error.group_exceptions()
        yield from ((problem, note.index) for problem, note in items)
        yield from ((problem, None) for problem in whole)


def below(path: str, place: str | int) -> str:
    """Path of a field or of an item."""
    if isinstance(place, int):
        return f"{path}[{place}]"
    place = place[:MAX_PLACE]
    if not place.replace("_", "").isalnum():
        return f"{path}[{place!r}]"
    return f"{path}.{place}" if path else place


def wire_names(type_: Any) -> dict[str, str]:
    """Field names of a dataclass with their names outside."""
    return {
        field.name: field.metadata.get("wire") or _camel(field.name)
        for field in dataclasses.fields(type_)
    }


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)


def _suggestion(name: str, type_: Any) -> str:
    known = {_plain(known): known for known in wire_names(type_).values()}
    close = get_close_matches(_plain(name[:MAX_PLACE]), list(known), n=1)
    if close:
        return f", did you mean {known[close[0]]}?"
    return f"; known are {', '.join(known.values())}"


def _plain(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()
