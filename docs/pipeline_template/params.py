"""What a training run of this pipeline can be told, and what a version must show."""

from dataclasses import dataclass

from windlass.pipelines.parameters import COMMON_RANGES, TrainingParameters, check_ranges

GATES = (
    {"metric": "mae", "threshold": 4.0, "greaterIsBetter": False},
    {"metric": "mae", "tolerance": 0.1, "greaterIsBetter": False},
)
"""As in a ModelPromotion's `spec.gates`, where its author says no more."""

_RANGES = {"test_fraction": (0.05, 0.5), "rounds": (1, 10_000)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters(TrainingParameters):
    """Every field has a default, and can be set by `--param name=value`."""

    test_fraction: float = 0.2
    """Last part of the calls that is held back."""
    rounds: int = 200
    """Trees of the model."""

    def __post_init__(self) -> None:
        """Refuse values that no run could work with."""
        check_ranges(self, {**COMMON_RANGES, **_RANGES})
