"""Which rows train, which choose, which judge: by time, and beside it by trip.

In time, a row whose stop is reached only after a split is dropped from the part before it: its
label would tell of the part after it. By trip, no trip is in two parts.
"""

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from windlass.domain.errors import InputError
from windlass.pipelines.transit_eta.data import Positions
from windlass.pipelines.transit_eta.params import Parameters
from windlass.pipelines.transit_eta.rows import Rows

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """Three parts of the labelled rows, as masks over all rows."""

    training: Mask
    validation: Mask
    test: Mask


def cuts(positions: Positions, parameters: Parameters) -> tuple[int, int]:
    """When validation and the held-back part begin, in seconds since 1970."""
    seconds = positions.seconds[positions.judged]
    shares = (parameters.train_fraction, parameters.train_fraction + parameters.validation_fraction)
    first, second = (int(np.ceil(found)) for found in np.quantile(seconds, shares))
    return first, second


def by_time(rows: Rows, starts: tuple[int, int]) -> Split:
    """Before the first start, before the second, and from it on; InputError if one is empty."""
    known, seconds = np.isfinite(rows.labels), rows.seconds
    arrivals = seconds + np.nan_to_num(rows.labels)
    validation, test = starts
    return _checked(
        Split(
            training=known & (arrivals < validation),
            validation=known & (seconds >= validation) & (arrivals < test),
            test=known & (seconds >= test),
        ),
        rows,
    )


def by_trip(rows: Rows, parameters: Parameters) -> Split | None:
    """Whole trips in each part, drawn by their names; None where there are too few of them."""
    names, place = np.unique(rows.trips.astype(str), return_inverse=True)
    if len(names) < 10:
        return None
    ranked = np.argsort([_drawn(name, parameters.seed) for name in names])
    counts = np.bincount(place[rows.judged], minlength=len(names))
    shares = np.empty(len(names))
    shares[ranked] = (np.cumsum(counts[ranked]) - counts[ranked] / 2) / counts.sum()
    share, known = shares[place], np.isfinite(rows.labels)
    until = parameters.train_fraction + parameters.validation_fraction
    split = Split(
        training=known & (share < parameters.train_fraction),
        validation=known & (share >= parameters.train_fraction) & (share < until),
        test=known & (share >= until),
    )
    return split if _complete(split, rows) else None


def _drawn(name: str, seed: int) -> str:
    return hashlib.sha256(f"{seed}/{name}".encode()).hexdigest()


def _complete(split: Split, rows: Rows) -> bool:
    return all(
        (part & rows.judged).any() for part in (split.training, split.validation, split.test)
    )


def _checked(split: Split, rows: Rows) -> Split:
    if not _complete(split, rows):
        counts = [
            int((part & rows.judged).sum())
            for part in (split.training, split.validation, split.test)
        ]
        raise InputError(
            f"the rows are too few or too close in time to be split: {counts[0]} to train on, "
            f"{counts[1]} to validate, {counts[2]} to judge by"
        )
    return split
