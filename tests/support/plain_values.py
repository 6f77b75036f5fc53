"""Any value of a domain type that JSON has words for: strategies for hypothesis."""

import dataclasses
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import Enum
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

_SCALARS: dict[Any, st.SearchStrategy[Any]] = {
    str: st.text(max_size=8),
    bool: st.booleans(),
    int: st.integers(-(10**8), 10**8),
    float: st.floats(allow_nan=False, allow_infinity=False),
    datetime: st.datetimes(timezones=st.just(UTC)),
    timedelta: st.timedeltas(min_value=timedelta(), max_value=timedelta(days=999)),
    NoneType: st.none(),
}


def values_of(type_: Any) -> st.SearchStrategy[Any]:
    """Strategy for a scalar, enumeration, NewType, tuple, mapping, union or dataclass."""
    if type_ in _SCALARS:
        return _SCALARS[type_]
    if hasattr(type_, "__supertype__"):
        return values_of(type_.__supertype__)
    if isinstance(type_, type) and issubclass(type_, Enum):
        return st.sampled_from(list(type_))
    if dataclasses.is_dataclass(type_) and isinstance(type_, type):
        hints = get_type_hints(type_)
        return st.builds(type_, **{name: values_of(hint) for name, hint in hints.items()})
    return _containers_of(type_)


def _containers_of(type_: Any) -> st.SearchStrategy[Any]:
    items = [values_of(item) for item in get_args(type_) if item is not Ellipsis]
    origin = get_origin(type_)
    if origin in (Union, UnionType):  # one of them for NewTypes, the other for classes
        return st.one_of(items)
    if origin is Mapping:
        return st.dictionaries(*items, max_size=3)
    assert origin is tuple, f"no strategy for {type_}"
    return st.lists(items[0], max_size=3).map(tuple)
