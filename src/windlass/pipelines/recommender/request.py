"""`/predict` requests of this pipeline.

The clicks of a session so far, the oldest first, as names of products or as objects; everything
else may be left out. What an object says of a product helps where the model has never seen it::

    {"clicks": ["1005115", {"product_id": 1004856, "category_id": "2053013555631882655",
                            "brand": "samsung", "price": 131.5}],
     "user_id": "541312140", "k": 20, "exclude_clicked": false}

Products and users that the model has never seen are no error, and neither is a session that has
no clicks yet: it gets what everybody clicks.
"""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

from windlass.pipelines.contract import InvalidRequest
from windlass.pipelines.json_values import Fields, number, required

DEFAULT_K = 20
MOST_K = 100
"""Products an answer may hold."""
MAX_CLICKS = 10_000
"""Clicks a request may hold; only the last ones are looked at."""
MAX_NAME = 1_000
"""Letters of a name."""

_FIELDS = ("clicks", "user_id", "k", "exclude_clicked")
_CLICK_FIELDS = (
    *("product_id", "category_id", "category_code", "brand", "price"),
    *("event_time", "event_type", "user_id", "user_session"),
)
"""As in the files, so that a row of them is a click; what is of no use here is not looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clicked:
    """One click of a request."""

    product: str
    category: str | None = None
    brand: str | None = None
    price: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request, read."""

    clicks: tuple[Clicked, ...]
    user: str | None = None
    k: int = DEFAULT_K
    exclude_clicked: bool = False
    """Whether to leave out what the session clicked already."""


def read_request(payload: Fields) -> Request:
    """Read a request; InvalidRequest names the field that is missing or wrong."""
    _only_known(payload, _FIELDS, "")
    clicks = required(payload, "clicks", "")
    if not isinstance(clicks, list | tuple):
        raise InvalidRequest("clicks", "must be a list of products, the oldest click first")
    if len(clicks) > MAX_CLICKS:
        raise InvalidRequest("clicks", f"has {len(clicks)} entries; at most {MAX_CLICKS} are read")
    user = payload.get("user_id")
    return Request(
        clicks=tuple(_clicked(click, f"clicks[{place}]") for place, click in enumerate(clicks)),
        user=None if user is None else _name(user, "user_id"),
        k=_count(payload.get("k", DEFAULT_K)),
        exclude_clicked=_flag(payload.get("exclude_clicked", False)),
    )


def _only_known(given: Fields, known: Sequence[str], place: str) -> None:
    for name in given:
        if name not in known:
            close = difflib.get_close_matches(str(name), known, n=1)
            guess = f"did you mean {close[0]}?" if close else f"known are {', '.join(known)}"
            raise InvalidRequest(f"{place}{name}", f"is not known; {guess}")


def _clicked(click: object, field: str) -> Clicked:
    if not isinstance(click, dict):
        return Clicked(product=_name(click, field))
    place = f"{field}."
    _only_known(click, _CLICK_FIELDS, place)
    category = click.get("category_id")
    price = click.get("price")
    return Clicked(
        product=_name(required(click, "product_id", place), f"{place}product_id"),
        category=_optional(
            click.get("category_code") if category is None else category, f"{place}category_id"
        ),
        brand=_optional(click.get("brand"), f"{place}brand"),
        price=None if price is None else number(price, f"{place}price"),
    )


def _optional(value: object, field: str) -> str | None:
    return None if value is None or value == "" else _name(value, field)


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
