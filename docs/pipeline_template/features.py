"""Features of a call when it arrives, by one function for training and serving, and the split."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from windlass.domain.errors import InputError
from windlass.pipelines.contract import InvalidRequest, Span
from windlass.pipelines.json_values import number, required
from windlass.pipelines.reading import Tables

from .data import BERTHS, CALLS, csv_bytes
from .params import Parameters

FEATURES_VERSION = "1"
"""Raise it when features change: a server refuses bundles whose features it can't make."""
NAMES = ("berth", "containers", "wind", "hour", "weekday")

HOUR = 3600
LEAST_ROWS = 50

Floats = NDArray[np.float64]
Features = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Calls:
    """What is known of calls when they arrive; one entry per call in each array."""

    arrived: NDArray[np.int64]
    """Seconds since 1970 UTC."""
    berth: NDArray[np.int64]
    """Place in BERTHS."""
    containers: Floats
    wind: Floats
    """NaN where it is unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """Rows to learn from, and the calls that are held back."""

    features: Features
    hours: Floats
    trained: Span
    held_back: Span
    held_back_rows: pd.DataFrame
    parameters: Parameters

    def holdout(self) -> dict[str, bytes]:
        """The held-back calls in the layout of the data."""
        return {CALLS.file: csv_bytes(self.held_back_rows)}


def features_of(calls: Calls) -> Features:
    """Make feature rows; columns as in NAMES."""
    hours = calls.arrived // HOUR
    columns = [calls.berth, calls.containers, calls.wind, hours % 24, (hours // 24 + 3) % 7]
    return np.column_stack(columns).astype(np.float32)


def calls_of(frame: pd.DataFrame) -> Calls:
    """Rows of the file."""
    return Calls(
        arrived=frame["arrived"].to_numpy(dtype="datetime64[s]").astype(np.int64),
        berth=np.array([BERTHS.index(berth) for berth in frame["berth"]], dtype=np.int64),
        containers=frame["containers"].to_numpy(dtype=np.float64),
        wind=frame["wind"].to_numpy(dtype=np.float64, na_value=np.nan),
    )


def call_of(record: Mapping[str, object]) -> Calls:
    """One `/predict` request; InvalidRequest names the field that is wrong."""
    berth, wind = required(record, "berth", ""), record.get("wind")
    if berth not in BERTHS:
        raise InvalidRequest("berth", f"must be one of {', '.join(BERTHS)}")
    try:
        arrived = datetime.fromisoformat(str(required(record, "arrived", "")))
    except ValueError:
        raise InvalidRequest("arrived", "must be a time like 2024-05-01T06:00:00") from None
    moment = arrived if arrived.tzinfo else arrived.replace(tzinfo=UTC)
    return Calls(
        arrived=np.array([int(moment.timestamp())]),
        berth=np.array([BERTHS.index(str(berth))]),
        containers=np.array([number(required(record, "containers", ""), "containers")]),
        wind=np.array([np.nan if wind is None else number(wind, "wind")]),
    )


def build(dataset: Tables, parameters: Parameters) -> Prepared:
    """Hold the last calls back, and drop those that ended after the first of them arrived."""
    rows = dataset.frames[CALLS.file].sort_values("arrived", ignore_index=True)
    first = int(len(rows) * (1 - parameters.test_fraction))
    held_back = rows.iloc[first:]
    ended = rows["arrived"] + pd.to_timedelta(rows["hours"].astype(float), unit="h")
    training = rows[ended < held_back["arrived"].iloc[0]].iloc[:first]
    if len(training) < LEAST_ROWS:
        raise InputError(f"{len(training)} calls are left to train on; it takes {LEAST_ROWS}")
    return Prepared(
        features=features_of(calls_of(training)),
        hours=training["hours"].to_numpy(dtype=np.float64),
        trained=span(training),
        held_back=span(held_back),
        held_back_rows=held_back,
        parameters=parameters,
    )


def span(rows: pd.DataFrame) -> Span:
    """From the first to the last call; rows in the order of their arrival."""
    start, until = rows["arrived"].iloc[0], rows["arrived"].iloc[-1]
    return Span(
        start.to_pydatetime().replace(tzinfo=UTC), until.to_pydatetime().replace(tzinfo=UTC)
    )
