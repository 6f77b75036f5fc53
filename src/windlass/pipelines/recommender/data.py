"""The files of a shop as clicks, with a report of what was wrong in them.

Where the bytes came from is not known here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any

import numpy as np
import pandas as pd

from windlass.domain.content import digest_files
from windlass.domain.errors import InputError
from windlass.domain.names import Digest
from windlass.pipelines.recommender.clicks import (
    KINDS,
    UNKNOWN,
    Clicks,
    Names,
    Numbers,
    Texts,
    as_texts,
    numbers_of,
)
from windlass.pipelines.recommender.tables import EVENTS, PRODUCTS
from windlass.pipelines.tables import (
    FileReport,
    Table,
    check_usable,
    quarantined,
    read_table,
)

FILES = (EVENTS.file, PRODUCTS.file)
"""Names of the files, the second of which may be missing; each may also carry `.gz`."""

NAMED = "named"
"""Folder of the files that a parameter names, beside those of the data."""

SHOWN = 5
"""Bad rows that a log shows; the report keeps all."""

Files = Mapping[str, bytes]
Frame = pd.DataFrame


@dataclass(frozen=True, slots=True, kw_only=True)
class Clickstream:
    """Events as their files tell them."""

    events: Table
    test: Table | None
    """Events of the test sessions, where a file names them."""
    files: Files
    """The files these came from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidationReport:
    """What was read and what was set aside."""

    files: tuple[FileReport, ...]
    clicks: int
    sessions: int
    products: int
    repeated: int
    """Rows that say just what an earlier one says; they are dropped."""
    removals: int
    """Events that take a product away, which are no clicks."""
    catalogue: bool
    """Whether a file lists the products; else the last event of each tells of it."""

    def lines(self) -> list[str]:
        """The report for a log: counts, then the first bad rows."""
        bad = [row for file in self.files for row in file.bad]
        counts = ", ".join(f"{file.rows} rows of {file.file}" for file in self.files)
        lines = [
            f"{self.clicks} clicks in {self.sessions} sessions on {self.products} products;"
            f" {counts}; {len(bad)} bad rows set aside, {self.repeated} repeated ones dropped"
        ]
        return lines + [f"set aside: {row}" for row in bad[:SHOWN]]

    def as_json(self) -> dict[str, object]:
        """The whole report as JSON values."""
        return {
            "clicks": self.clicks,
            "sessions": self.sessions,
            "products": self.products,
            "repeated": self.repeated,
            "removals": self.removals,
            "catalogue": self.catalogue,
            "files": [file.as_json() for file in self.files],
            "quarantined": quarantined(self.files),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """Clicks of a shop."""

    clicks: Clicks
    names: Names
    test_sessions: Numbers | None
    """Sessions that a file of their own gives; None where the last ones are held back."""
    digest: Digest
    """Of the files as they were given."""
    report: ValidationReport


def read_clickstream(files: Files, test_events: str = "") -> Clickstream:
    """Read the events; InputError where no row of a file could be trusted."""
    chosen = _chosen(files, EVENTS.file)
    events, test = read_table(EVENTS, files), None
    if test_events:
        name = _named(files, test_events)
        chosen |= _chosen(files, name)
        test = read_table(replace(EVENTS, file=name), files)
    return Clickstream(events=events, test=test, files=chosen)


def read_products(files: Files) -> Table | None:
    """Read the list of products, None where there is none."""
    return read_table(PRODUCTS, files) if _chosen(files, PRODUCTS.file) else None


def make_dataset(
    stream: Clickstream, products: Table | None, catalogue_files: Files, max_bad_fraction: float
) -> Dataset:
    """Check the tables and number what is in them; InputError when too much of one is bad."""
    tables = [table for table in (stream.events, stream.test, products) if table is not None]
    for table in tables:
        check_usable(table, max_bad_fraction, required=table is not products)
    told, test_texts = _events_of(stream)
    kept = told.drop_duplicates()
    removed = kept["event_type"].fillna("").str.startswith("remove")
    frame = _described(kept[~removed], products)
    names = _names(frame)
    clicks = _clicks(frame, names)
    digest_of = {**stream.files, **_chosen(catalogue_files, PRODUCTS.file)}
    return Dataset(
        clicks=clicks,
        names=names,
        test_sessions=None if test_texts is None else _sessions(names, test_texts),
        digest=digest_files(digest_of),
        report=ValidationReport(
            files=tuple(FileReport(file=t.layout.file, rows=t.rows, bad=t.bad) for t in tables),
            clicks=len(clicks),
            sessions=len(names.sessions),
            products=len(names.products),
            repeated=len(told) - len(kept),
            removals=int(removed.sum()),
            catalogue=products is not None,
        ),
    )


def _events_of(stream: Clickstream) -> tuple[Frame, Texts | None]:
    """All events, and the sessions of those that are for the test only."""
    if stream.test is None:
        return stream.events.frame, None
    test = stream.test.frame
    sessions = as_texts(np.unique(test["user_session"].to_numpy(dtype=np.str_)))
    elsewhere = ~stream.events.frame["user_session"].isin(test["user_session"])
    return pd.concat([stream.events.frame[elsewhere], test], ignore_index=True), sessions


def _sessions(names: Names, texts: Texts) -> Numbers:
    found = numbers_of(names.sessions, texts)
    return np.compress(found != UNKNOWN, found)


def _described(frame: Frame, products: Table | None) -> Frame:
    """Events in the order of time, with the attributes that the list of products gives."""
    ordered = frame.sort_values("event_time", kind="stable", ignore_index=True)
    if products is None:
        return ordered
    listed = products.frame.set_index("product_id")
    for column in ("category_id", "category_code", "brand", "price"):
        given = ordered["product_id"].map(listed[column])
        ordered[column] = given.where(given.notna(), ordered[column])
    return ordered


def _names(frame: Frame) -> Names:
    return Names(
        products=_distinct(frame["product_id"]),
        sessions=_distinct(frame["user_session"]),
        users=_distinct(frame["user_id"]),
        categories=_distinct(_category(frame)),
        brands=_distinct(frame["brand"]),
    )


def _category(frame: Frame) -> "pd.Series[Any]":
    """The category's number, its name where there is no number."""
    return frame["category_id"].where(frame["category_id"].notna(), frame["category_code"])


def _distinct(texts: "pd.Series[Any]") -> Texts:
    return as_texts(np.sort(texts.dropna().unique().astype(np.str_)))


def _clicks(frame: Frame, names: Names) -> Clicks:
    prices = frame["price"].to_numpy(dtype=np.float64, na_value=np.nan)
    return Clicks(
        times=frame["event_time"].to_numpy(dtype="datetime64[us]").astype(np.int64),
        products=_numbered(names.products, frame["product_id"]),
        sessions=_numbered(names.sessions, frame["user_session"]),
        users=_numbered(names.users, frame["user_id"]),
        kinds=np.maximum(_numbered(as_texts(KINDS), frame["event_type"]), 0),
        categories=_numbered(names.categories, _category(frame)),
        brands=_numbered(names.brands, frame["brand"]),
        # a price of nothing is one nobody wrote down
        prices=np.where(prices > 0, prices, np.nan),
    )


def _numbered(names: Texts, texts: "pd.Series[Any]") -> Numbers:
    numbered = pd.Categorical(texts, categories=names)
    return np.array(numbered.codes.tolist(), dtype=np.int64)


def _named(files: Files, given: str) -> str:
    """Name under which a file that a parameter names was fetched."""
    base = PurePosixPath(given).name
    for name in (f"{NAMED}/{base}", given, base):
        for known in (name.removesuffix(".gz"), name):
            if _chosen(files, known):
                return known
    raise InputError(f"test_events names {given}, which is neither in the data nor a file")


def _chosen(files: Files, name: str) -> dict[str, bytes]:
    found = next((known for known in (name, f"{name}.gz") if known in files), None)
    return {} if found is None else {found: files[found]}
