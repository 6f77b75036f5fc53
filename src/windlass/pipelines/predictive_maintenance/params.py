"""What a training run of this pipeline can be told."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from windlass.pipelines.parameters import COMMON_RANGES, TrainingParameters, check_ranges

if TYPE_CHECKING:
    from windlass.pipelines.predictive_maintenance.features import Window

MAX_HOURS = 24 * 60
"""Longest gap or horizon: telemetry says nothing about failures months away."""

GATES = (
    {"metric": "average_precision", "threshold": 0.3},
    {"metric": "average_precision", "tolerance": 0.01},
)
"""What a version must show where a promotion's author says no more."""

_RANGES = {
    "gap_hours": (0, MAX_HOURS),
    "horizon_hours": (1, MAX_HOURS),
    "test_fraction": (0.01, 0.9),
    "folds": (2, 20),
    "n_trials": (1, 10_000),
    "iterations": (0, 10_000),
    "max_depth": (0, 12),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters(TrainingParameters):
    """Every field can be set by `--param name=value`."""

    gap_hours: int = 4
    """Hours of warning that a prediction must leave."""
    horizon_hours: int = 2
    """Length of the span after the gap in which a failure counts."""
    test_fraction: float = 0.2
    """Last part of each machine's hours that is held back."""
    folds: int = 3
    """Spans of the part before; each is validated by a model of the others."""
    iterations: int = 0
    """Trees of every model; 0 leaves it to the search."""
    max_depth: int = 0
    """Depth of every tree; 0 leaves it to the search."""
    kaggle_dataset: str = "arnabbiswas1/microsoft-azure-predictive-maintenance"

    def __post_init__(self) -> None:
        """Refuse values that no run could work with."""
        check_ranges(self, {**COMMON_RANGES, **_RANGES})

    @property
    def window(self) -> "Window":
        """The label's window."""
        # numpy comes with it, which a flow's pod need not wait for
        from windlass.pipelines.predictive_maintenance.features import Window

        return Window(gap=self.gap_hours, horizon=self.horizon_hours)
