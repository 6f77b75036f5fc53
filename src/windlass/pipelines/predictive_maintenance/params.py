"""What a training run of this pipeline can be told."""

from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING

from windlass.domain.errors import InputError

if TYPE_CHECKING:
    from windlass.pipelines.predictive_maintenance.features import Window

MAX_HOURS = 24 * 60
"""Longest gap or horizon: telemetry says nothing about failures months away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """Every field can be set by `--param name=value`."""

    gap_hours: int = 4
    """Hours of warning that a prediction must leave."""
    horizon_hours: int = 2
    """Length of the span after the gap in which a failure counts."""
    test_fraction: float = 0.2
    """Last part of each machine's hours that is held back."""
    folds: int = 3
    """Spans of the part before; each is validated by a model of the others."""
    n_trials: int = 6
    """Hyperopt trials of each of the two algorithms."""
    parallelism: int = 2
    """Trials of a round, which run at once; the cores are shared among them."""
    fan_out: int = 0
    """Flow runs that share a round, each a pod of its own; 0: rounds run in this one."""
    seed: int = 0
    iterations: int = 0
    """Trees of every model; 0 leaves it to the search."""
    max_depth: int = 0
    """Depth of every tree; 0 leaves it to the search."""
    max_bad_fraction: float = 0.2
    """Share of a file's rows that may be bad before training refuses the file."""
    kaggle_dataset: str = "arnabbiswas1/microsoft-azure-predictive-maintenance"
    """What `source=kaggle` downloads."""
    publish_holdout: bool = True
    """Whether the held-back part becomes the dataset that promotions evaluate on."""

    def __post_init__(self) -> None:
        """Refuse values that no run could work with."""
        ranges: dict[str, tuple[float, float]] = {
            "gap_hours": (0, MAX_HOURS),
            "horizon_hours": (1, MAX_HOURS),
            "test_fraction": (0.01, 0.9),
            "folds": (2, 20),
            "n_trials": (1, 10_000),
            "parallelism": (1, 256),
            "fan_out": (0, 256),
            "seed": (0, 2**31 - 1),
            "iterations": (0, 10_000),
            "max_depth": (0, 12),
            "max_bad_fraction": (0, 1),
        }
        for name, (low, high) in ranges.items():
            value = getattr(self, name)
            if not isfinite(value) or not low <= value <= high:
                raise InputError(f"parameter {name} must lie in {low:g} to {high:g}, not {value:g}")

    @property
    def window(self) -> "Window":
        """The label's window."""
        # numpy comes with it, which a flow's pod need not wait for
        from windlass.pipelines.predictive_maintenance.features import Window

        return Window(gap=self.gap_hours, horizon=self.horizon_hours)
