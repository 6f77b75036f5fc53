"""Telemetry of machines that never were, in the layout of the real files.

What a model can learn is real: a component that is about to fail makes its sensor drift, and about
a day before it stops the machine reports the component's error. What it can't is real too: sensors
drift and errors come without any failure, and some failures come without a sign. It takes both
signs together, and the time since the error, to foresee a failure; a sum of weights does poorly.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from windlass.pipelines.predictive_maintenance.features import (
    COMPONENTS,
    DAY,
    ERRORS,
    HOUR,
    MODELS,
    SENSORS,
    History,
    Seconds,
)
from windlass.pipelines.predictive_maintenance.writing import csv_files

START = 1_704_067_200
"""First hour: 2024-01-01 00:00 UTC."""

_MEANS = np.array([170.0, 450.0, 100.0, 40.0])
_NOISE = np.array([15.0, 50.0, 10.0, 5.0])
_DRIFTS = np.array([20.0, -65.0, 14.0, 7.0])
"""How far each sensor moves while its component wears out."""

_SIGNS: Mapping[str, tuple[str, ...]] = {
    "comp1": ("error1",),
    "comp2": ("error2", "error3"),
    "comp3": ("error4",),
    "comp4": ("error5",),
}
"""Errors that a component reports before it fails."""

_LEADS = (DAY - 1, DAY, DAY, DAY, DAY, DAY, DAY, DAY + 1)
"""Hours from a component's errors to its failure, as often as they stand here."""
_SERVICE = 15 * DAY
"""Hours between two planned maintenances of a machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plant:
    """How much to make up, and how hard to make it."""

    machines: int = 12
    days: int = 60
    seed: int = 0
    failures_per_month: float = 3.0
    """Of each machine."""
    silent_share: float = 0.05
    """Failures that give no sign."""
    false_alarms: float = 1.0
    """Drifts and errors without a failure, for each one with."""


@dataclass(slots=True)
class _Log:
    """What happened to one machine, while it is being made up."""

    readings: NDArray[np.float64]
    errors: dict[str, set[int]] = field(default_factory=lambda: {e: set() for e in ERRORS})
    maintenance: dict[str, set[int]] = field(default_factory=lambda: {c: set() for c in COMPONENTS})
    failures: dict[str, set[int]] = field(default_factory=lambda: {c: set() for c in COMPONENTS})


def sample_files() -> dict[str, bytes]:
    """Files to try the pipeline with: what `source=synthetic` trains on."""
    return synthetic_files(Plant())


def synthetic_files(plant: Plant) -> dict[str, bytes]:
    """The five files; the same plant gives the same bytes."""
    return csv_files(synthetic_histories(plant))


def synthetic_histories(plant: Plant) -> list[History]:
    """The same as machine histories."""
    random = np.random.default_rng(plant.seed)
    return [_machine(number, plant, random) for number in range(1, plant.machines + 1)]


def _machine(number: int, plant: Plant, random: np.random.Generator) -> History:
    hours = plant.days * DAY
    log = _Log(random.normal(_MEANS, _NOISE, (hours, len(SENSORS))))
    _plan_maintenance(log, hours, random)
    failures = random.poisson(plant.failures_per_month * plant.days / 30)
    for _ in range(failures):
        _fail(log, hours, plant, random)
    for _ in range(random.poisson(failures * plant.false_alarms)):
        _mislead(log, hours, random)
    return History(
        machine=number,
        model=MODELS[int(random.integers(len(MODELS)))],
        age=float(random.integers(0, 21)),
        times=START + HOUR * np.arange(hours),
        readings=log.readings.round(3),
        errors=_sorted(log.errors),
        maintenance=_sorted(log.maintenance),
        failures=_sorted(log.failures),
    )


def _plan_maintenance(log: _Log, hours: int, random: np.random.Generator) -> None:
    for component in COMPONENTS:
        log.maintenance[component].add(-int(random.integers(1, 10)) * _SERVICE)
    for hour in range(int(random.integers(_SERVICE)), hours, _SERVICE):
        log.maintenance[COMPONENTS[int(random.integers(len(COMPONENTS)))]].add(hour)


def _fail(log: _Log, hours: int, plant: Plant, random: np.random.Generator) -> None:
    place = int(random.integers(len(COMPONENTS)))
    component = COMPONENTS[place]
    hour = int(random.integers(2 * DAY, hours))
    log.failures[component].add(hour)
    log.maintenance[component].add(hour)
    if random.random() < plant.silent_share:
        return
    _drift(log, place, hour - int(random.integers(36, 60)), hour)
    lead = _LEADS[int(random.integers(len(_LEADS)))]
    for error in _SIGNS[component]:
        log.errors[error].add(hour - lead)


def _mislead(log: _Log, hours: int, random: np.random.Generator) -> None:
    """A drift that passes, and an error that means nothing, each at a time of its own."""
    since = int(random.integers(hours))
    _drift(log, int(random.integers(len(SENSORS))), since, since + int(random.integers(36, 60)))
    log.errors[ERRORS[int(random.integers(len(ERRORS)))]].add(int(random.integers(hours)))


def _drift(log: _Log, sensor: int, since: int, until: int) -> None:
    log.readings[max(since, 0) : max(until, 0), sensor] += _DRIFTS[sensor]


def _sorted(events: Mapping[str, set[int]]) -> dict[str, Seconds]:
    return {
        name: START + HOUR * np.array(sorted(hours), dtype=np.int64)
        for name, hours in events.items()
        if hours
    }
