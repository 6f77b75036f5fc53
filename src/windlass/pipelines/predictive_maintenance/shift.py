"""One more input of the model: how far the most unusual sensor is from normal.

What is normal is measured on the training rows and kept in the manifest. Failures are so rare that
some component may never have failed in training; this input lets a model recognise its wear by
that of the others.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from windlass.pipelines.predictive_maintenance.features import NAMES, SENSORS

Features = NDArray[np.float32]

INPUTS = (*NAMES, "largest_shift_24h")
"""Columns of the model: the features, then this one."""

_READINGS = [NAMES.index(sensor) for sensor in SENSORS]
_MEANS = [NAMES.index(f"{sensor}_mean_24h") for sensor in SENSORS]


@dataclass(frozen=True, slots=True, eq=False)
class Normal:
    """Mean and deviation of each sensor's readings."""

    mean: NDArray[np.float32]
    deviation: NDArray[np.float32]

    @classmethod
    def of(cls, features: Features) -> "Normal":
        """Measure it on rows; a sensor that never moved counts as one that moves by one."""
        mean, deviation = [], []
        for column in _READINGS:
            known = features[:, column][np.isfinite(features[:, column])].astype(np.float64)
            mean.append(known.mean() if known.size else 0.0)
            deviation.append(known.std() if known.size else 0.0)
        spread = np.array(deviation)
        return cls(
            np.array(mean, dtype=np.float32),
            np.where(spread > 0, spread, 1.0).astype(np.float32),
        )

    @classmethod
    def from_json(cls, sensors: object) -> "Normal":
        """Read what `as_json` wrote; ValueError for anything else."""
        if not isinstance(sensors, Mapping) or set(sensors) != set(SENSORS):
            raise ValueError("sensors must name each sensor")
        pairs = np.array([sensors[name] for name in SENSORS], dtype=np.float32)
        if (
            pairs.shape != (len(SENSORS), 2)
            or not np.isfinite(pairs).all()
            or pairs[:, 1].min() <= 0
        ):
            raise ValueError("sensors must have a mean and a deviation each")
        return cls(pairs[:, 0], pairs[:, 1])

    def as_json(self) -> dict[str, object]:
        """JSON values for the manifest."""
        pairs = zip(self.mean.tolist(), self.deviation.tolist(), strict=True)
        return {name: list(pair) for name, pair in zip(SENSORS, pairs, strict=True)}

    def inputs(self, features: Features) -> Features:
        """Columns of the model for feature rows."""
        shifts = np.abs(features[:, _MEANS] - self.mean) / self.deviation
        largest = np.fmax.reduce(shifts, axis=1)
        return np.concatenate([features, largest[:, None]], axis=1)
