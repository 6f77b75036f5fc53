"""What a training run of this pipeline can be told."""

from dataclasses import dataclass

from windlass.domain.errors import InputError
from windlass.domain.months import Month
from windlass.pipelines.parameters import COMMON_RANGES, TrainingParameters, check_ranges

_RANGES = {
    "year": (0, 9998),
    "month": (0, 12),
    "horizon_months": (1, 3),
    "test_months": (1, 120),
    "coverage": (0.5, 0.99),
    "iterations": (1, 10_000),
    "depth": (1, 12),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters(TrainingParameters):
    """Every field can be set by `--param name=value`."""

    year: int = 0
    """Train on all months up to and including this one; 0: the latest there is."""
    month: int = 0
    """1 to 12; 0: the last of the year, or of all where the year is 0 too."""
    horizon_months: int = 1
    """Months ahead that `rmse` and `skill` are measured at; the model forecasts 1 to 3."""
    test_months: int = 4
    """Last months that are held back; fewer where two would not be left to learn from."""
    coverage: float = 0.9
    """Share of prices that an interval shall hold."""
    iterations: int = 200
    """Trees."""
    depth: int = 5
    """Depth of every tree."""
    repeat: bool = True
    """Whether to train a month again that the ledger says is done."""

    def __post_init__(self) -> None:
        """Refuse values that no run could work with."""
        check_ranges(self, {**COMMON_RANGES, **_RANGES})
        if self.month and not self.year:
            raise InputError(f"parameter month={self.month} needs a year, such as year=2024")

    @property
    def until(self) -> Month | None:
        """The last month to train on; None: the latest there is."""
        return Month(self.year, self.month or 12) if self.year else None
