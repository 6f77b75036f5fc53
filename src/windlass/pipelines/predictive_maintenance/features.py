"""Features of a machine at a moment, and whether it fails soon after.

One function makes the features for training (every hour of a machine) and for serving (the last
hour of a request), so the two cannot drift apart. Windows are spans of time, never counts of rows:
a gap in the telemetry makes a feature NaN, it does not stretch the window into the past. Nothing
later than the moment itself is ever looked at.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Seconds = NDArray[np.int64]
"""Times as seconds since 1970 UTC."""

HOUR = 3600
FEATURES_VERSION = "1"
"""Goes up whenever a feature changes its name or meaning."""

SENSORS = ("volt", "rotate", "pressure", "vibration")
ERRORS = ("error1", "error2", "error3", "error4", "error5")
COMPONENTS = ("comp1", "comp2", "comp3", "comp4")
MODELS = ("model1", "model2", "model3", "model4")

LAGS = (1, 2, 3)
"""Hours back at which a sensor is read once more."""
WINDOWS = (3, 24)
"""Hours over which mean and deviation are taken."""
DAY = 24
"""Hours over which errors are counted; also the most rows a window may hold."""
RECENT = 48
"""Hours after which an error no longer counts as recent."""

NO_EVENTS: Seconds = np.empty(0, dtype=np.int64)


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What is known of one machine; all times ascend, telemetry times are unique."""

    machine: int
    model: str | None = None
    age: float = float("nan")
    times: Seconds = field(default_factory=NO_EVENTS.copy)
    readings: Floats = field(default_factory=lambda: np.empty((0, len(SENSORS))))
    """One row per time, one column per sensor; NaN where a sensor gave none."""
    errors: Mapping[str, Seconds] = field(default_factory=dict)
    maintenance: Mapping[str, Seconds] = field(default_factory=dict)
    failures: Mapping[str, Seconds] = field(default_factory=dict)


def _names() -> tuple[str, ...]:
    sensors = [*SENSORS]
    sensors += [f"{sensor}_lag_{lag}h" for lag in LAGS for sensor in SENSORS]
    for hours in WINDOWS:
        sensors += [f"{sensor}_mean_{hours}h" for sensor in SENSORS]
        sensors += [f"{sensor}_deviation_{hours}h" for sensor in SENSORS]
    events = [f"{error}_count_{DAY}h" for error in ERRORS] + [f"any_error_count_{DAY}h"]
    events += [f"hours_since_{error}" for error in ERRORS] + ["hours_since_any_error"]
    events += [f"hours_since_maintenance_{component}" for component in COMPONENTS]
    events += [f"hours_since_failure_{component}" for component in COMPONENTS]
    return (*sensors, *events, *MODELS, "age", "hour_of_day")


NAMES = _names()
"""Features in the order of the columns."""


def features_at(history: History, moments: Seconds) -> Floats:
    """One row per moment, columns as in NAMES; NaN says that the history doesn't tell."""
    return np.column_stack(
        [
            *_telemetry_features(history, moments),
            *_event_features(history, moments),
            *_machine_features(history, moments),
        ]
    )


def _telemetry_features(history: History, moments: Seconds) -> list[Floats]:
    ages, readings = _last_rows(history, moments)
    columns = [_readings_at(ages, readings, (0, *LAGS))]
    for hours in WINDOWS:
        inside = (ages >= 0) & (ages < hours * HOUR)
        columns += _mean_and_deviation(np.where(inside[:, :, None], readings, np.nan))
    return columns


def _last_rows(history: History, moments: Seconds) -> tuple[Seconds, Floats]:
    """Age in seconds and readings of the last DAY rows before each moment, newest first."""
    if not history.times.size:
        empty = (len(moments), DAY)
        return np.full(empty, -1), np.full((*empty, len(SENSORS)), np.nan)
    newest = np.searchsorted(history.times, moments, side="right") - 1
    rows = newest[:, None] - np.arange(DAY)
    there = np.maximum(rows, 0)
    ages = np.where(rows >= 0, moments[:, None] - history.times[there], -1)
    return ages, history.readings[there]


def _readings_at(ages: Seconds, readings: Floats, lags: tuple[int, ...]) -> Floats:
    """Readings of exactly those hours before each moment, side by side."""
    matches = ages[:, None, :] == np.array(lags)[:, None] * HOUR
    found = readings[np.arange(len(ages))[:, None], matches.argmax(axis=2)]
    known = np.where(matches.any(axis=2)[:, :, None], found, np.nan)
    return known.reshape(len(ages), len(lags) * len(SENSORS))


def _mean_and_deviation(window: Floats) -> list[Floats]:
    """Over the rows of each window that hold a value: mean (of one at least), deviation (of two).

    Sums run along the middle axis in a fixed order, so one moment or thousands give equal bits.
    """
    known = np.isfinite(window)
    count = known.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(known, window, 0.0).sum(axis=1) / count
        squares = np.where(known, window - mean[:, None, :], 0.0) ** 2
        deviation = np.sqrt(squares.sum(axis=1) / (count - 1))
    return [np.where(count >= 1, mean, np.nan), np.where(count >= 2, deviation, np.nan)]


def _event_features(history: History, moments: Seconds) -> list[Floats]:
    errors = [history.errors.get(error, NO_EVENTS) for error in ERRORS]
    errors.append(np.sort(np.concatenate(errors)))
    columns = [_count(times, moments, DAY) for times in errors]
    hours = np.column_stack([_hours_since(times, moments) for times in errors])
    columns.append(np.where(hours < RECENT, hours, np.nan))
    for events in (history.maintenance, history.failures):
        columns += [_hours_since(events.get(name, NO_EVENTS), moments) for name in COMPONENTS]
    return columns


def _count(times: Seconds, moments: Seconds, hours: int) -> Floats:
    """Events in (moment - hours, moment]."""
    if not times.size:
        return np.zeros(len(moments))
    until = times.searchsorted(moments, side="right")
    before = times.searchsorted(moments - hours * HOUR, side="right")
    return (until - before).astype(np.float64)


def _hours_since(times: Seconds, moments: Seconds) -> Floats:
    """Since the last event at or before each moment; NaN where there was none."""
    if not times.size:
        return np.full(len(moments), np.nan)
    last = times.searchsorted(moments, side="right") - 1
    return np.where(last >= 0, (moments - times[last]) / HOUR, np.nan)


def _machine_features(history: History, moments: Seconds) -> list[Floats]:
    constants = [float(history.model == model) for model in MODELS] + [history.age]
    columns = [np.full(len(moments), constant) for constant in constants]
    return [*columns, (moments // HOUR % DAY).astype(np.float64)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The label's span after a moment: (moment + gap, moment + gap + horizon], in hours."""

    gap: int
    horizon: int

    @property
    def seconds(self) -> int:
        """How far after its moment the label needs to be known."""
        return (self.gap + self.horizon) * HOUR


def labels_at(history: History, moments: Seconds, window: Window) -> NDArray[np.bool_]:
    """Whether any component fails within the window after each moment."""
    times = np.sort(np.concatenate([NO_EVENTS, *history.failures.values()]))
    after = moments + window.gap * HOUR
    until = np.searchsorted(times, moments + window.seconds, side="right")
    return until > np.searchsorted(times, after, side="right")
