"""Bodies of `/invocations`: the formats of MLflow model serving, as columns and rows.

No pandas: a table here is what a scorer asks for, and a thousand rows cost a list.
"""

import csv
from collections.abc import Callable, Mapping, Sequence
from io import StringIO
from typing import NamedTuple, TypeGuard

import orjson

from windlass.pipelines.contract import InvalidRequest

Row = Sequence[object]

_FEW_CELLS, _MOST_EMPTY = 10_000, 16
"""Cells that records may have which leave fields out: some, and for each one given these."""


class Table(NamedTuple):
    """Feature rows; columns may come in any order."""

    columns: Sequence[str]
    rows: Sequence[Row]


def parse_object(body: bytes) -> dict[str, object]:
    """Decode a JSON object."""
    try:
        document: object = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise InvalidRequest("body", f"is not JSON: {error}") from error
    if not isinstance(document, dict):
        raise InvalidRequest("body", "must be a JSON object")
    return document


def parse_json_table(body: bytes, features: Sequence[str]) -> Table:
    """Read whichever of MLflow's four formats the body has; `features` name unnamed columns."""
    document = parse_object(body)
    named = [name for name in document if name in _FORMATS]
    if len(named) != 1:
        raise InvalidRequest("body", f"must have exactly one of {', '.join(_FORMATS)}")
    return _FORMATS[named[0]](document[named[0]], features)


def parse_csv_table(body: bytes, features: Sequence[str]) -> Table:
    """Read CSV with a header line; numbers become numbers, empty cells None."""
    try:
        lines = [line for line in csv.reader(StringIO(body.decode()), strict=True) if line]
    except (UnicodeDecodeError, csv.Error) as error:
        raise InvalidRequest("body", f"is not CSV in UTF-8: {error}") from error
    if not lines:
        raise InvalidRequest("body", f"has no header line; columns are {', '.join(features)}")
    rows = [[_cell(text) for text in line] for line in lines[1:]]
    return _table("body", lines[0], rows)


def _cell(text: str) -> object:
    if not text:
        return None
    try:
        return float(text)
    except ValueError:
        return text


def _split(value: object, features: Sequence[str]) -> Table:
    if not isinstance(value, dict) or "data" not in value:
        raise InvalidRequest("dataframe_split", "must be an object with columns and data")
    columns = value.get("columns", features)
    if not _is_list(columns):
        raise InvalidRequest("dataframe_split.columns", "must be a list of names")
    return _table("dataframe_split.data", [str(name) for name in columns], value["data"])


def _records(value: object, features: Sequence[str]) -> Table:
    return _from_records("dataframe_records", value)


def _instances(value: object, features: Sequence[str]) -> Table:
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return _from_records("instances", value)
    return _table("instances", features, value)


def _inputs(value: object, features: Sequence[str]) -> Table:
    if not isinstance(value, dict):
        return _instances(value, features)
    columns = [cells if isinstance(cells, list) else [cells] for cells in value.values()]
    if len({len(cells) for cells in columns}) > 1:
        raise InvalidRequest("inputs", "has columns of different lengths")
    return Table(tuple(value), tuple(zip(*columns, strict=True)))


def _from_records(field: str, value: object) -> Table:
    if not isinstance(value, list) or not all(isinstance(record, dict) for record in value):
        raise InvalidRequest(field, "must be a list of objects")
    names: dict[str, None] = {}
    for record in value:
        names.update(dict.fromkeys(record))
    given = sum(map(len, value))
    if len(names) * len(value) > _FEW_CELLS + _MOST_EMPTY * given:
        raise InvalidRequest(
            field, f"has {len(value)} records with {len(names)} different fields: name the same"
        )
    return Table(tuple(names), [[record.get(name) for name in names] for record in value])


def _table(field: str, columns: Sequence[str], value: object) -> Table:
    if not _is_list(value):
        raise InvalidRequest(field, "must be a list of rows")
    width = len(columns)
    rows: list[Row] = []
    for number, row in enumerate(value):
        if not _is_list(row):
            raise InvalidRequest(field, f"row {number} must be a list of values")
        if len(row) != width:
            raise InvalidRequest(field, f"row {number} has {len(row)} values for {width} columns")
        rows.append(row)
    return Table(columns, rows)


def _is_list(value: object) -> TypeGuard[Sequence[object]]:
    return isinstance(value, list | tuple)


_FORMATS: Mapping[str, Callable[[object, Sequence[str]], Table]] = {
    "dataframe_split": _split,
    "dataframe_records": _records,
    "instances": _instances,
    "inputs": _inputs,
}
