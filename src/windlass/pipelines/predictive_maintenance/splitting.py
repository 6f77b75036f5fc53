"""Rows for training, and which of them each step may see.

Everything is split in time, machine by machine, and a row whose label window reaches past a split
is dropped from the part before it: its label would tell of the part after it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from windlass.domain.errors import InputError
from windlass.pipelines.predictive_maintenance.features import (
    HOUR,
    NAMES,
    RECENT,
    History,
    Seconds,
    Window,
    features_at,
    labels_at,
)

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Feature rows with their labels."""

    features: NDArray[np.float32]
    labels: Mask
    times: Seconds
    machines: NDArray[np.int64]

    def __len__(self) -> int:
        """How many rows there are."""
        return len(self.labels)

    def where(self, mask: Mask) -> "Rows":
        """Rows for which the mask holds."""
        return Rows(
            features=self.features[mask],
            labels=self.labels[mask],
            times=self.times[mask],
            machines=self.machines[mask],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Fold:
    """One round of validation."""

    training: Mask
    validation: Mask


def rows_of(history: History, moments: Seconds, window: Window) -> Rows:
    """Features and labels of one machine at some moments."""
    return Rows(
        features=features_at(history, moments).astype(np.float32),
        labels=labels_at(history, moments, window),
        times=moments,
        machines=np.full(len(moments), history.machine),
    )


def joined(parts: Sequence[Rows]) -> Rows:
    """Rows of several machines."""
    if not parts:
        nothing = np.empty(0, dtype=np.int64)
        features = np.empty((0, len(NAMES)), dtype=np.float32)
        return Rows(features=features, labels=nothing > 0, times=nothing, machines=nothing)
    return Rows(
        features=np.concatenate([part.features for part in parts]),
        labels=np.concatenate([part.labels for part in parts]),
        times=np.concatenate([part.times for part in parts]),
        machines=np.concatenate([part.machines for part in parts]),
    )


def test_starts(histories: Sequence[History], test_fraction: float) -> dict[int, int]:
    """First held-back moment of each machine: the start of its last hours."""
    starts = {}
    for history in histories:
        kept = min(int(len(history.times) * (1 - test_fraction)), len(history.times) - 1)
        starts[history.machine] = int(history.times[kept])
    return starts


def training_rows(histories: Sequence[History], starts: Mapping[int, int], window: Window) -> Rows:
    """Rows before each machine's held-back part; InputError when none of them is a failure."""
    parts = []
    for history in histories:
        known = history.times + window.seconds < starts[history.machine]
        parts.append(rows_of(history, history.times[known], window))
    rows = joined(parts)
    if not len(rows):
        raise InputError("no training rows are left: the telemetry is shorter than the window")
    if not _two_classes(rows.labels):
        raise InputError(_one_class(histories, rows, window))
    return rows


def _one_class(histories: Sequence[History], rows: Rows, window: Window) -> str:
    span = f"({window.gap}, {window.gap + window.horizon}] hours after"
    if rows.labels.all():
        return f"every training row has a failure {span} it: there is nothing to tell apart"
    failures = sum(len(times) for history in histories for times in history.failures.values())
    return (
        f"no failure lies {span} any training row (PdM_failures.csv has {failures} of machines "
        "with telemetry): give more history, or a smaller test_fraction"
    )


def held_back_rows(histories: Sequence[History], starts: Mapping[int, int], window: Window) -> Rows:
    """Rows from each machine's start on, as far as their labels are known."""
    parts = []
    for history in histories:
        start = starts.get(history.machine, 0)
        end = history.times[-1]
        chosen = (history.times >= start) & (history.times + window.seconds <= end)
        parts.append(rows_of(history, history.times[chosen], window))
    return joined(parts)


def folds(rows: Rows, count: int, window: Window) -> tuple[Fold, ...]:
    """Consecutive spans of time, each validated by a model of the rows clearly before and after.

    Failures are so rare that validating forward only would judge by two or three of them; this way
    each judges once. Spans without a failure judge nothing and are left out; with a single failure
    there are no folds at all. The held-back part stays strictly in the future.
    """
    progress = _progress(rows)
    found = []
    for low, high in pairwise(np.linspace(0, 1, count + 1)):
        inside = (progress >= low) & (progress < high)
        training = _clear_of(rows, inside, window)
        if rows.labels[inside].any() and _two_classes(rows.labels[training]):
            found.append(Fold(training=training, validation=inside))
    return tuple(found)


def _clear_of(rows: Rows, inside: Mask, window: Window) -> Mask:
    """Rows whose label windows and features do not overlap with those of a span."""
    clear = np.ones_like(inside)
    lookback = max(window.seconds, RECENT * HOUR)
    for machine in np.unique(rows.machines[inside]):
        own = rows.machines == machine
        first, last = rows.times[own & inside][[0, -1]]
        before = rows.times + window.seconds < first
        after = rows.times - lookback > last
        clear &= ~own | before | after
    return clear


def _two_classes(labels: Mask) -> bool:
    return bool(labels.any() and not labels.all())


def _progress(rows: Rows) -> NDArray[np.float64]:
    """Place of each row within its machine's rows, from 0 to below 1."""
    progress = np.empty(len(rows))
    for machine in np.unique(rows.machines):
        own = rows.machines == machine
        progress[own] = np.arange(own.sum()) / own.sum()
    return progress
