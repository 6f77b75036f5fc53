"""Price files as series, with a report of what was wrong in them.

Where the bytes came from (a folder, S3) is not known here. Either there is one Parquet file per
month, or plain files; those may hold a single series, without the columns that tell series apart.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from windlass.domain.content import digest_files
from windlass.domain.errors import InputError
from windlass.domain.months import Month, month_of
from windlass.domain.names import Digest
from windlass.pipelines.milk_price.features import CHANNELS, TYPES, Days, Floats, Series
from windlass.pipelines.tables import (
    BadRow,
    Column,
    FileReport,
    Layout,
    Table,
    check_usable,
    quarantined,
    read_table,
)

FILES = ("monthly/*/*/*.parquet", "*.parquet", "*.csv")
"""Patterns of the files; plain ones only count where there is no monthly one."""

SHOWN = 5
"""Bad rows that a log shows; the report keeps all."""

_MONTHLY = re.compile(r"monthly/(\d{4})/(\d{2})/[^/]+\.parquet")
_PLAIN = re.compile(r"[^/]+\.(parquet|csv(\.gz)?)")
_KEY = ("Ciudad", "Tipo", "Canal")
_CHEAPEST = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidationReport:
    """What was read and what was set aside."""

    files: tuple[FileReport, ...]
    series: int
    """Series with a price."""
    first: Month
    until: Month
    without_price: int
    """Rows whose price is empty: nobody asked that day, which is no fault."""
    repeated: int
    """Rows of a series and day that another file, or an earlier hour, has too; the last counts."""

    @property
    def bad(self) -> tuple[BadRow, ...]:
        """Bad rows of all files."""
        return tuple(row for file in self.files for row in file.bad)

    def lines(self) -> list[str]:
        """The report for a log: counts, then the first bad rows."""
        rows = sum(file.rows for file in self.files)
        lines = [
            f"{self.series} series from {self.first} to {self.until}; {rows} rows of"
            f" {len(self.files)} files, {self.without_price} without a price;"
            f" {len(self.bad)} bad rows set aside"
        ]
        return lines + [f"set aside: {row}" for row in self.bad[:SHOWN]]

    def as_json(self) -> dict[str, object]:
        """The whole report as JSON values."""
        return {
            "series": self.series,
            "from": str(self.first),
            "until": str(self.until),
            "rows_without_price": self.without_price,
            "rows_repeated": self.repeated,
            "files": [file.as_json() for file in self.files],
            "quarantined": quarantined(self.files),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """All series with a price, in the order of their keys."""

    series: tuple[Series, ...]
    months: tuple[Month, ...]
    """Months with a price, in order."""
    digest: Digest
    """Of the files that were read, as they were given."""
    report: ValidationReport

    @property
    def last_day(self) -> int:
        """Day of the newest price."""
        return max(int(series.days[-1]) for series in self.series)


def read_dataset(
    files: Mapping[str, bytes], *, until: Month | None = None, max_bad_fraction: float = 0.2
) -> Dataset:
    """Read and check the files; InputError names file, column and row of what is wrong.

    Nothing later than `until` is read, so that a month gives what it gave when it was the last.
    """
    chosen = _chosen(files, until)
    tables = [read_table(_layout(name), {name: data}) for name, data in chosen.items()]
    for table in tables:
        check_usable(table, max_bad_fraction)
    rows = _rows(tables, until)
    priced = rows[rows["Precio"].notna()]
    series = _series(priced.drop_duplicates([*_KEY, "day"], keep="last"))
    months = _months(series, until)
    return Dataset(
        series=series,
        months=months,
        digest=digest_files(chosen),
        report=ValidationReport(
            files=tuple(FileReport(file=t.layout.file, rows=t.rows, bad=t.bad) for t in tables),
            series=len(series),
            first=months[0],
            until=months[-1],
            without_price=len(rows) - len(priced),
            repeated=int(priced.duplicated([*_KEY, "day"]).sum()),
        ),
    )


def series_of(frame: pd.DataFrame) -> tuple[Series, ...]:
    """Series of a table of good rows, such as a held-back part has."""
    return _series(frame.assign(day=_days(frame)))


def _chosen(files: Mapping[str, bytes], until: Month | None) -> dict[str, bytes]:
    """The files to read, by name."""
    months = {}
    for name in sorted(files):
        if (found := _MONTHLY.fullmatch(name)) is not None:
            months[name] = Month(int(found[1]), int(found[2]))
    if not months:
        plain = {name: files[name] for name in sorted(files) if _PLAIN.fullmatch(name)}
        if not plain:
            there = ", ".join(sorted(files)[:SHOWN]) or "nothing"
            raise InputError(
                "the data has neither monthly/YYYY/MM/YYYY-MM-data.parquet nor a plain .parquet or"
                f" .csv file; there is: {there}"
            )
        return plain
    chosen = {
        name: files[name] for name, month in months.items() if until is None or month <= until
    }
    if not chosen:
        raise InputError(f"there is no file by {until}; the first is of {min(months.values())}")
    return chosen


def _layout(name: str) -> Layout:
    plain = _MONTHLY.fullmatch(name) is None
    return Layout(
        file=name.removesuffix(".gz"),
        columns=(
            Column(name="Fecha", kind="time"),
            Column(name="Ciudad", kind="text", optional=plain, nullable=plain),
            Column(name="Tipo", kind="text", choices=TYPES, optional=plain, nullable=plain),
            Column(name="Canal", kind="text", choices=CHANNELS, optional=plain, nullable=plain),
            Column(name="Precio", kind="number", least=_CHEAPEST, nullable=True),
        ),
    )


def _rows(tables: Sequence[Table], until: Month | None) -> pd.DataFrame:
    rows = pd.concat([table.frame for table in tables], ignore_index=True)
    rows = rows.assign(day=_days(rows), **{name: rows[name].fillna("") for name in _KEY})
    return rows if until is None else rows[rows["day"] <= until.last_day]


def _days(frame: pd.DataFrame) -> Days:
    return frame["Fecha"].to_numpy(dtype="datetime64[D]").astype(np.int64)


def _series(priced: pd.DataFrame) -> tuple[Series, ...]:
    ordered = priced.sort_values([*_KEY, "day"], kind="stable")
    days = ordered["day"].to_numpy(dtype=np.int64)
    prices: Floats = ordered["Precio"].to_numpy(dtype=np.float64)
    found, start = [], 0
    for key, group in ordered.groupby(list(_KEY), sort=True):
        city, kind, channel = (str(part) for part in key)
        end = start + len(group)
        found.append(
            Series(
                city=city,
                type=kind,
                channel=channel,
                days=days[start:end],
                prices=prices[start:end],
            )
        )
        start = end
    return tuple(found)


def _months(series: Sequence[Series], until: Month | None) -> tuple[Month, ...]:
    if not series:
        raise InputError("no row has a price" + (f" by {until}" if until else ""))
    days = np.unique(np.concatenate([each.days for each in series]))
    return tuple(sorted({month_of(int(day)) for day in days}))
