"""Tables as CSV or Parquet: read, checked against a layout, bad rows set aside with the reason.

Rows are numbered as an editor numbers lines, the header being row 1; those of Parquet the same way.
"""

import csv
import gzip
import io
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
import pandera.errors
import pandera.pandas as pa

from windlass.domain.errors import InputError

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
    least: float | None = None
    most: float | None = None
    """Bounds of a number."""
    nullable: bool = False
    """Whether a cell may be empty; what can't be read stays bad."""
    optional: bool = False
    """Whether the file may lack it; it is null then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """One file: its columns, and those no two rows may share all of."""

    file: str
    columns: tuple[Column, ...]
    unique: tuple[str, ...] = ()


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


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReport:
    """How much of a file could be used."""

    file: str
    rows: int
    bad: tuple[BadRow, ...]

    def as_json(self) -> dict[str, object]:
        """Counts as JSON values."""
        return {"file": self.file, "rows": self.rows, "bad": len(self.bad)}


def quarantined(files: Iterable[FileReport]) -> list[dict[str, object]]:
    """Every bad row as JSON values, for the report that a run keeps."""
    return [
        {"file": bad.file, "row": bad.row, "column": bad.column, "reason": bad.reason}
        for file in files
        for bad in file.bad
    ]


def read_table(layout: Layout, files: Mapping[str, bytes]) -> Table:
    """Read one file; raises InputError where no row of it could be trusted."""
    if layout.file.endswith(".parquet"):
        return check_table(layout, _parquet(layout.file, files))
    raw, overlong = _parse(layout, _content(layout.file, files))
    return check_table(layout, raw, overlong)


def check_table(
    layout: Layout, raw: pd.DataFrame, bad: Mapping[int, BadRow] | None = None
) -> Table:
    """Check cells, texts or typed; `bad` rows are known to be. Raises InputError."""
    raw = raw.reset_index(drop=True)
    missing = [c.name for c in layout.columns if c.name not in raw and not c.optional]
    if missing:
        has = ", ".join(map(str, raw.columns)) or "none"
        raise InputError(f"{layout.file} lacks the column {missing[0]}; it has: {has}")
    there = [column for column in layout.columns if column.name in raw]
    typed = pd.DataFrame(
        {c.name: _typed(raw[c.name], c.kind) if c in there else None for c in layout.columns},
        index=raw.index,
    )
    faults = {**_schema_faults(layout, there, raw, typed), **(bad or {})}
    return Table(
        layout=layout,
        frame=typed.drop(index=[row - _FIRST_ROW for row in faults]),
        rows=len(raw),
        bad=tuple(faults[row] for row in sorted(faults)),
    )


def check_usable(table: Table, max_bad_fraction: float, *, required: bool = True) -> None:
    """Refuse a table with too many bad rows, and an empty one that is `required`."""
    file = table.layout.file
    if required and not table.rows:
        raise InputError(f"{file} has a header but no rows; it needs at least one")
    if len(table.bad) > max_bad_fraction * table.rows:
        raise InputError(
            f"{len(table.bad)} of {table.rows} rows are bad, more than max_bad_fraction="
            f"{max_bad_fraction:g} allows; the first: {table.bad[0]}"
        )
    if required and len(table.bad) == table.rows:
        raise InputError(f"all {table.rows} rows are bad; the first: {table.bad[0]}")


def _parquet(file: str, files: Mapping[str, bytes]) -> pd.DataFrame:
    if file not in files:
        raise InputError(
            f"the data lacks {file}; there is: {', '.join(sorted(files)) or 'nothing'}"
        )
    try:
        return pd.read_parquet(io.BytesIO(files[file]))
    except (OSError, ValueError) as error:
        raise InputError(f"{file} is no Parquet file: {error}") from error


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
        texts = cells.astype("str").str.strip()
        return texts.where((texts != "") & cells.notna())
    numbers = pd.to_numeric(cells, errors="coerce").astype("float64")
    return numbers.where(numbers % 1 == 0 if kind == "whole" else np.isfinite(numbers))


def _times(cells: "pd.Series[str]") -> "pd.Series[Any]":
    cells = cells.str.removesuffix(" UTC") if pd.api.types.is_string_dtype(cells) else cells
    times = pd.to_datetime(cells, format="ISO8601", utc=True, errors="coerce")
    if times.isna().any():
        american = pd.to_datetime(cells, format="%m/%d/%Y %I:%M:%S %p", utc=True, errors="coerce")
        times = times.fillna(american)
    return times.dt.tz_localize(None)


def _schema(layout: Layout, there: Sequence[Column]) -> pa.DataFrameSchema:
    columns = {column.name: pa.Column(checks=_checks(column), nullable=True) for column in there}
    unique = list(layout.unique) or None
    return pa.DataFrameSchema(columns, unique=unique, report_duplicates="exclude_first")


def _checks(column: Column) -> list[pa.Check]:
    checks = [pa.Check.isin(column.choices)] if column.choices else []
    if column.least is not None:
        checks.append(pa.Check.ge(column.least))
    if column.most is not None:
        checks.append(pa.Check.le(column.most))
    return checks


def _unreadable(column: Column, raw: pd.DataFrame, typed: pd.DataFrame) -> "pd.Series[bool]":
    """Cells without a value, apart from those that may be empty and are."""
    null, cells = typed[column.name].isna(), raw[column.name]
    if column.nullable:
        return null & cells.notna() & (cells.astype("str").str.strip() != "")
    return null


def _schema_faults(
    layout: Layout, there: Sequence[Column], raw: pd.DataFrame, typed: pd.DataFrame
) -> dict[int, BadRow]:
    """The first fault of each row that breaks the schema, by row number."""
    cases = pd.DataFrame({"column": [], "check": [], "index": []})
    try:
        _schema(layout, there).validate(typed, lazy=True)
    except pandera.errors.SchemaErrors as errors:
        cases = errors.failure_cases
    faults: dict[int, BadRow] = {}
    for column in there:
        unreadable = raw.index[_unreadable(column, raw, typed)]
        breaking = cases.loc[(cases["column"] == column.name) & ~_repeats(cases), "index"]
        for index in (*unreadable, *breaking):
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
        "whole": "a whole number" + _bounds(column),
        "number": "a number" + _bounds(column),
        "text": f"one of {', '.join(column.choices)}" if column.choices else "a text",
    }[column.kind]
    if cell is None or cell != cell or cell == "":
        return f"is empty, it must be {wanted}"
    return f"{repr(cell) if isinstance(cell, str) else cell} is not {wanted}"


def _bounds(column: Column) -> str:
    least = "" if column.least is None else f" from {column.least:g}"
    return least + ("" if column.most is None else f" to {column.most:g}")
