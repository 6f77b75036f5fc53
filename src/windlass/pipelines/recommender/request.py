"""`/predict` requests of this pipeline.

The clicks of a session so far, the oldest first, as names of products or as objects that hold
`product_id`; everything else may be left out::

    {"clicks": ["1005115", {"product_id": 1004856}], "user_id": "541312140",
     "k": 20, "exclude_clicked": false}

Products and users that the model has never seen are no error, and neither is a session that has
no clicks yet: it gets what everybody clicks.
"""

import difflib
from dataclasses import dataclass

from windlass.pipelines.contract import InvalidRequest
from windlass.pipelines.json_values import Fields, required

DEFAULT_K = 20
MOST_K = 100
"""Products an answer may hold."""
MAX_CLICKS = 10_000
"""Clicks a request may hold; only the last ones are looked at."""
MAX_NAME = 1_000
"""Letters of a name."""

_FIELDS = ("clicks", "user_id", "k", "exclude_clicked")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request, read."""

    clicks: tuple[str, ...]
    user: str | None = None
    k: int = DEFAULT_K
    exclude_clicked: bool = False
    """Whether to leave out what the session clicked already."""


def read_request(payload: Fields) -> Request:
    """Read a request; InvalidRequest names the field that is missing or wrong."""
    _only_known(payload)
    clicks = required(payload, "clicks", "")
    if not isinstance(clicks, list | tuple):
        raise InvalidRequest("clicks", "must be a list of products, the oldest click first")
    if len(clicks) > MAX_CLICKS:
        raise InvalidRequest("clicks", f"has {len(clicks)} entries; at most {MAX_CLICKS} are read")
    user = payload.get("user_id")
    return Request(
        clicks=tuple(_product(click, f"clicks[{place}]") for place, click in enumerate(clicks)),
        user=None if user is None else _name(user, "user_id"),
        k=_count(payload.get("k", DEFAULT_K)),
        exclude_clicked=_flag(payload.get("exclude_clicked", False)),
    )


def _only_known(payload: Fields) -> None:
    for name in payload:
        if name not in _FIELDS:
            close = difflib.get_close_matches(str(name), _FIELDS, n=1)
            guess = f"did you mean {close[0]}?" if close else f"known are {', '.join(_FIELDS)}"
            raise InvalidRequest(str(name), f"is not known; {guess}")


def _product(click: object, field: str) -> str:
    if isinstance(click, dict):
        return _name(required(click, "product_id", f"{field}."), f"{field}.product_id")
    return _name(click, field)


def _name(value: object, field: str) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise InvalidRequest(field, f"must be a text or a whole number, not {value!r:.40}")
    name = str(value).strip()
    if not 0 < len(name) <= MAX_NAME:
        raise InvalidRequest(field, f"must have 1 to {MAX_NAME} letters")
    return name


def _count(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MOST_K:
        raise InvalidRequest("k", f"must be a whole number from 1 to {MOST_K}, not {value!r:.40}")
    return value


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise InvalidRequest("exclude_clicked", f"must be true or false, not {value!r:.40}")
    return value
