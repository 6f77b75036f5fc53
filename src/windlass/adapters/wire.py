"""The one converter between JSON documents and domain values.

Fields are camelCase outside and snake_case inside; `field(metadata={"wire": name})` names one
otherwise. Reading is strict: no coercion, no unknown field, and all problems are told at once. A
null counts as a field that is not there, as the API server has it. Writing leaves out what is
empty by default, so that a document shows what was said; a number JSON can't write (NaN) is left
out where it may be missing, and refused elsewhere.
"""

import dataclasses
import math
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any, NamedTuple, NewType, TypeVar, get_args, get_origin, get_type_hints

from cattrs import Converter
from cattrs.cols import homogenous_tuple_structure_factory
from cattrs.gen import (
    make_dict_structure_fn,
    make_dict_unstructure_fn,
    mapping_structure_factory,
    override,
)

from windlass.adapters import wire_values as values
from windlass.adapters.wire_problems import explain, wire_names
from windlass.adapters.wire_values import Mismatch, described
from windlass.domain.errors import InputError
from windlass.domain.promotion.spec import PromotionSpec
from windlass.domain.promotion.status import PromotionStatus
from windlass.domain.promotion.validation import problems
from windlass.domain.sketch import Sketch

T = TypeVar("T")
Reader = Callable[[Any, Any], Any]
Writer = Callable[[Any], Any]


def structure(type_: type[T], raw: object, path: str = "") -> T:
    """Read a value; InputError lists everything that is wrong, each with its place below `path`."""
    try:
        return _converter().structure(raw, type_)
    except (ExceptionGroup, Mismatch) as error:
        raise InputError("; ".join(explain(error, path))) from error


def unstructure(value: object) -> Any:
    """Write a value as plain JSON: dicts, lists, texts, numbers."""
    return _converter().unstructure(value)


def parse_spec(raw: Mapping[str, object], path: str = "spec") -> PromotionSpec:
    """Read and check what a ModelPromotion asks for."""
    spec = structure(PromotionSpec, raw, path)
    found = problems(spec)
    if found:
        raise InputError("; ".join(f"{path}.{problem}" for problem in found))
    return spec


def dump_spec(spec: PromotionSpec) -> dict[str, Any]:
    """Write a spec with its defaults, so that later defaults don't change it."""
    document: dict[str, Any] = unstructure(spec)
    return document


def parse_status(raw: Mapping[str, object], path: str = "status") -> PromotionStatus:
    """Read a status."""
    return structure(PromotionStatus, raw, path)


def dump_status(status: PromotionStatus) -> dict[str, Any]:
    """Write a status."""
    document: dict[str, Any] = unstructure(status)
    return document


@cache
def _converter() -> Converter:
    converter = Converter(unstruct_collection_overrides={tuple: list})
    for type_, read, write in _SCALARS:
        converter.register_structure_hook(type_, read)
        if write is not None:
            converter.register_unstructure_hook(type_, write)
    converter.register_structure_hook(_Key, values.bucket)
    for applies, reader, writer in _CONTAINERS:
        converter.register_structure_hook_factory(applies, reader)
        if writer is not None:
            converter.register_unstructure_hook_factory(applies, writer)
    return converter


_SCALARS: tuple[tuple[type, Reader, Writer | None], ...] = (
    (str, values.text, None),
    (StrEnum, values.choice, None),
    (bool, values.truth, None),
    (int, values.whole, None),
    (float, values.number, values.finite),
    (datetime, values.instant, values.instant_text),
    (timedelta, values.duration, values.duration_text),
)


def _is_tuple(type_: Any) -> bool:
    return get_origin(type_) is tuple


def _tuple_reader(type_: Any, converter: Converter) -> Reader:
    read_items = homogenous_tuple_structure_factory(type_, converter)

    def read(value: object, _: object) -> Any:
        if not isinstance(value, (list, tuple)):
            raise Mismatch(f"must be a list, not {described(value)}")
        return read_items(value, type_)

    return read


def _is_mapping(type_: Any) -> bool:
    return get_origin(type_) is Mapping


_Key = NewType("_Key", int)
"""A whole number as a mapping's key: JSON has keys as text only."""


def _mapping_reader(type_: Any, converter: Converter) -> Reader:
    key, item = get_args(type_)
    key = _Key if key is int else key
    read_items = mapping_structure_factory(type_, converter, key_type=key, val_type=item)

    def read(value: object, _: object) -> Any:
        if not isinstance(value, Mapping):
            raise Mismatch(f"must be an object, not {described(value)}")
        return read_items(value, type_)

    return read


def _mapping_writer(type_: Any, converter: Converter) -> Writer:
    key, item = get_args(type_)
    if item is float:
        return _without_unknown_numbers
    write_item = converter.get_unstructure_hook(item)
    write_key = str if key is int else converter.get_unstructure_hook(key)
    return lambda value: {write_key(k): write_item(v) for k, v in value.items()}


def _without_unknown_numbers(value: Mapping[str, float]) -> dict[str, float]:
    return {name: number for name, number in value.items() if math.isfinite(number)}


def _fields_reader(type_: Any, converter: Converter) -> Reader:
    names: dict[str, Any] = {
        name: override(rename=outside) for name, outside in wire_names(type_).items()
    }
    read_fields = make_dict_structure_fn(type_, converter, _cattrs_forbid_extra_keys=True, **names)

    def read(value: object, _: object) -> Any:
        if type(value) is not dict and not isinstance(value, Mapping):
            raise Mismatch(f"must be an object, not {described(value)}")
        if None in value.values():
            value = {name: item for name, item in value.items() if item is not None}
        return read_fields(value, type_)

    return read


def _fields_writer(type_: Any, converter: Converter) -> Writer:
    types = get_type_hints(type_)
    names = wire_names(type_)
    overrides: dict[str, Any] = {
        field.name: override(
            rename=names[field.name],
            omit_if_default=_empty_by_default(field),
            unstruct_hook=_optional_number if types[field.name] == (float | None) else None,
        )
        for field in dataclasses.fields(type_)
    }
    write = make_dict_unstructure_fn(type_, converter, **overrides)
    if (float | None) not in types.values():
        return write
    return lambda value: {name: item for name, item in write(value).items() if item is not None}


def _optional_number(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _empty_by_default(field: dataclasses.Field[Any]) -> bool:
    if field.default is not dataclasses.MISSING:
        return field.default in (None, "", ())
    return field.default_factory in (dict, tuple, Sketch)


class _Container(NamedTuple):
    """How values that hold others are read and written."""

    applies: Callable[[Any], bool]
    reader: Callable[[Any, Converter], Reader]
    writer: Callable[[Any, Converter], Writer] | None


_CONTAINERS = (
    _Container(_is_tuple, _tuple_reader, None),
    _Container(_is_mapping, _mapping_reader, _mapping_writer),
    _Container(dataclasses.is_dataclass, _fields_reader, _fields_writer),
)
