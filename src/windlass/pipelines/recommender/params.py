"""What a training run of this pipeline can be told."""

from dataclasses import dataclass

from windlass.pipelines.parameters import COMMON_RANGES, TrainingParameters, check_ranges

_RANGES = {
    "test_fraction": (0.01, 0.9),
    "iterations": (1, 10_000),
    "max_depth": (1, 12),
    "ranker_positions": (100, 1_000_000),
    "max_clicks": (1_000, 100_000_000),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters(TrainingParameters):
    """Every field can be set by `--param name=value`."""

    test_fraction: float = 0.2
    """Last part of the sessions that is held back, where `test_events` names none."""
    test_events: str = ""
    """File of the test sessions: in the data's folder, or a path or s3:// address of its own."""
    iterations: int = 80
    """Trees of the ranker."""
    max_depth: int = 5
    """Depth of each of its trees."""
    ranker_positions: int = 5_000
    """Clicks that the ranker learns from and the mix is chosen by: the latest ones."""
    max_clicks: int = 2_000_000
    """Clicks that the model remembers: the latest ones."""

    def __post_init__(self) -> None:
        """Refuse values that no run could work with."""
        check_ranges(self, {**COMMON_RANGES, **_RANGES})

    @property
    def named_files(self) -> tuple[str, ...]:
        """The file of the test sessions, where there is one."""
        return (self.test_events,) if self.test_events else ()
