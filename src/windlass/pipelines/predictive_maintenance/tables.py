"""The five CSV files: read, checked against their schemas, bad rows set aside with the reason.

Rows are numbered as an editor numbers lines: the header is row 1.
"""

import csv
import gzip
import io
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
import pandera.errors
import pandera.pandas as pa

from windlass.domain.errors import InputError
from windlass.pipelines.predictive_maintenance.features import COMPONENTS, ERRORS, SENSORS

_FIRST_ROW = 2
"""Number of the first row below the header."""

Kind = Literal["time", "whole", "number", "text"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a file."""

    name: str
    kind: Kind
    choices: tuple[str, ...] = ()
    """Texts it may hold; none given means any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """One file: its columns, and those no two rows may share all of."""

    file: str
    columns: tuple[Column, ...]
    unique: tuple[str, ...]


_TIME = Column(name="datetime", kind="time")
_MACHINE = Column(name="machineID", kind="whole")


def _events(file: str, column: str, choices: tuple[str, ...]) -> Layout:
    what = Column(name=column, kind="text", choices=choices)
    return Layout(
        file=file, columns=(_TIME, _MACHINE, what), unique=("datetime", "machineID", column)
    )


TELEMETRY = Layout(
    file="PdM_telemetry.csv",
    columns=(_TIME, _MACHINE, *(Column(name=sensor, kind="number") for sensor in SENSORS)),
    unique=("datetime", "machineID"),
)
ERROR_EVENTS = _events("PdM_errors.csv", "errorID", ERRORS)
MAINTENANCE = _events("PdM_maint.csv", "comp", COMPONENTS)
FAILURES = _events("PdM_failures.csv", "failure", COMPONENTS)
MACHINES = Layout(
    file="PdM_machines.csv",
    columns=(_MACHINE, Column(name="model", kind="text"), Column(name="age", kind="number")),
    unique=("machineID",),
)
LAYOUTS = (TELEMETRY, ERROR_EVENTS, MAINTENANCE, FAILURES, MACHINES)


@dataclass(frozen=True, slots=True, kw_only=True)
class BadRow:
    """One row that was set aside."""

    file: str
    row: int
    column: str
    reason: str

    def __str__(self) -> str:
        """Where it is and what is wrong with it."""
        return f"{self.file}, row {self.row}, column {self.column}: {self.reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The good rows of one file, typed, and the bad ones."""

    layout: Layout
    frame: pd.DataFrame
    rows: int
    """Rows in the file, the header not counted."""
    bad: tuple[BadRow, ...]
    """One entry per bad row: its first fault."""


def read_table(layout: Layout, files: Mapping[str, bytes]) -> Table:
    """Read one file; raises InputError where no row of it could be trusted."""
    text = _content(layout.file, files)
    raw, overlong = _parse(layout, text)
    missing = [column.name for column in layout.columns if column.name not in raw]
    if missing:
        there = ", ".join(map(str, raw.columns)) or "none"
        raise InputError(f"{layout.file} lacks the column {missing[0]}; it has: {there}")
    typed = pd.DataFrame({c.name: _typed(raw[c.name], c.kind) for c in layout.columns})
    bad = {**_schema_faults(layout, raw, typed), **overlong}
    return Table(
        layout=layout,
        frame=typed.drop(index=[row - _FIRST_ROW for row in bad]),
        rows=len(raw),
        bad=tuple(bad[row] for row in sorted(bad)),
    )


def _content(file: str, files: Mapping[str, bytes]) -> str:
    try:
        if file in files:
            return files[file].decode("utf-8-sig")
        if f"{file}.gz" in files:
            return gzip.decompress(files[f"{file}.gz"]).decode("utf-8-sig")
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{file}.gz is no gzip file: {error}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{file} is not UTF-8 text: {error}") from error
    there = ", ".join(sorted(files)) or "nothing"
    raise InputError(f"the data lacks {file} (or {file}.gz); there is: {there}")


def _parse(layout: Layout, text: str) -> tuple[pd.DataFrame, dict[int, BadRow]]:
    """Cells as text, and the rows with more cells than the header."""
    if not text.strip():
        raise InputError(f"{layout.file} is empty; it needs a header and rows")
    try:
        return _frame(text), {}
    except pd.errors.ParserError:
        fitting, overlong = _cut(layout, text)
        return _frame(fitting), overlong


def _frame(text: str) -> pd.DataFrame:
    frame = pd.read_csv(
        io.StringIO(text.rstrip() + "\n"),
        dtype=str,
        keep_default_na=False,
        skip_blank_lines=False,
        skipinitialspace=True,
        index_col=False,
    )
    return frame.fillna("").rename(columns=str.strip)


def _cut(layout: Layout, text: str) -> tuple[str, dict[int, BadRow]]:
    rows = list(csv.reader(io.StringIO(text)))
    width = len(rows[0])
    overlong = {
        number: BadRow(
            file=layout.file,
            row=number,
            column=rows[0][-1],
            reason=f"there are {len(row)} cells, the header has {width}",
        )
        for number, row in enumerate(rows, start=1)
        if len(row) > width
    }
    fitting = io.StringIO()
    csv.writer(fitting).writerows(row[:width] for row in rows)
    return fitting.getvalue(), overlong


def _typed(cells: "pd.Series[str]", kind: Kind) -> "pd.Series[Any]":
    """Cells as values of their kind; what can't be one becomes null."""
    if kind == "time":
        return _times(cells)
    if kind == "text":
        texts = cells.str.strip()
        return texts.where(texts != "")
    numbers = pd.to_numeric(cells, errors="coerce").astype("float64")
    return numbers.where(numbers % 1 == 0 if kind == "whole" else np.isfinite(numbers))


def _times(cells: "pd.Series[str]") -> "pd.Series[Any]":
    times = pd.to_datetime(cells, format="ISO8601", utc=True, errors="coerce")
    if times.isna().any():
        american = pd.to_datetime(cells, format="%m/%d/%Y %I:%M:%S %p", utc=True, errors="coerce")
        times = times.fillna(american)
    return times.dt.tz_localize(None)


def _schema(layout: Layout) -> pa.DataFrameSchema:
    columns = {
        column.name: pa.Column(
            checks=pa.Check.isin(column.choices) if column.choices else None, nullable=False
        )
        for column in layout.columns
    }
    return pa.DataFrameSchema(
        columns, unique=list(layout.unique), report_duplicates="exclude_first"
    )


def _schema_faults(layout: Layout, raw: pd.DataFrame, typed: pd.DataFrame) -> dict[int, BadRow]:
    """The first fault of each row that breaks the schema, by row number."""
    try:
        _schema(layout).validate(typed, lazy=True)
    except pandera.errors.SchemaErrors as errors:
        cases = errors.failure_cases
    else:
        return {}
    faults: dict[int, BadRow] = {}
    for column in layout.columns:
        for index in cases.loc[(cases["column"] == column.name) & ~_repeats(cases), "index"]:
            reason = _reason(column, raw, index)
            faults.setdefault(index, _bad(layout, index, column.name, reason))
    for index in cases.loc[_repeats(cases), "index"]:
        keys = "+".join(layout.unique)
        faults.setdefault(index, _bad(layout, index, keys, "repeats an earlier row"))
    return {fault.row: fault for fault in faults.values()}


def _repeats(cases: pd.DataFrame) -> "pd.Series[bool]":
    return cases["check"] == "multiple_fields_uniqueness"


def _bad(layout: Layout, index: int, column: str, reason: str) -> BadRow:
    return BadRow(file=layout.file, row=int(index) + _FIRST_ROW, column=column, reason=reason)


def _reason(column: Column, raw: pd.DataFrame, index: int) -> str:
    cell = raw[column.name].iloc[index]
    wanted = {
        "time": "a time like 2015-01-01 06:00:00",
        "whole": "a whole number",
        "number": "a number",
        "text": f"one of {', '.join(column.choices)}" if column.choices else "a text",
    }[column.kind]
    return f"{cell!r} is not {wanted}" if cell else f"is empty, it must be {wanted}"
