"""What a training run of this pipeline can be told."""

from dataclasses import dataclass
from typing import get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from windlass.domain.errors import InputError
from windlass.pipelines.parameters import COMMON_RANGES, TrainingParameters, check_ranges
from windlass.pipelines.transit_eta.kinds import Kind

_RANGES = {
    "min_distance_m": (0, 100_000),
    "max_label_seconds": (1, 86_400),
    "train_fraction": (0.1, 0.9),
    "validation_fraction": (0.01, 0.5),
    "stops_ahead": (1, 50),
    "iterations": (1, 10_000),
    "max_depth": (1, 12),
    "learning_rate": (0.001, 1),
    "max_rows": (1_000, 10_000_000),
    "fan_out": (0, 0),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters(TrainingParameters):
    """Every field can be set by `--param name=value`.

    Nothing is searched here: `n_trials` and `parallelism` mean nothing, `fan_out` must be 0.
    """

    model_types: str = ",".join(get_args(Kind))
    """Kinds of model to train, with commas between; the best of them on validation is kept."""
    by_route: bool = False
    """Whether each route with enough rows has a model of its own."""
    timezone: str = "America/New_York"
    """Time zone of the agency: hours and days of the week are told in it."""
    min_distance_m: float = 10
    """Rows nearer to their stop are dropped: the vehicle is there."""
    max_label_seconds: float = 7200
    """Rows with a longer label are dropped: the vehicle was lost meanwhile."""
    train_fraction: float = 0.7
    validation_fraction: float = 0.1
    """Parts in time, and of the trips beside it; the rest is held back."""
    stops_ahead: int = 12
    """Farthest stop ahead that rows are made for, from the later arrivals of the same trip."""
    iterations: int = 300
    """Most trees; validation may stop earlier."""
    max_depth: int = 6
    learning_rate: float = 0.1
    max_rows: int = 60_000
    """Rows a model is fitted on; of more, some are left out by chance."""
    save_models: bool = True
    """Whether the best model becomes a version; without it the run only has its metrics."""

    def __post_init__(self) -> None:
        """Refuse values that no run could work with."""
        check_ranges(self, {**COMMON_RANGES, **_RANGES})
        if self.train_fraction + self.validation_fraction > 0.95:
            raise InputError(
                "train_fraction and validation_fraction leave less than 0.05 to be held back"
            )
        try:
            ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise InputError(
                f"parameter timezone: {self.timezone!r} is no time zone like America/New_York"
            ) from error
        self.kinds()

    def kinds(self) -> tuple[Kind, ...]:
        """Kinds to train, in the usual order."""
        known = get_args(Kind)
        wanted = [name.strip() for name in self.model_types.split(",") if name.strip()]
        for name in wanted:
            if name not in known:
                raise InputError(
                    f"parameter model_types: unknown kind {name}; there are: {', '.join(known)}"
                )
        return tuple(kind for kind in known if kind in wanted or not wanted)
