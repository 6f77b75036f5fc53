"""Parameters given as text (`--param gap_hours=0`), read into a pipeline's typed parameters."""

import dataclasses
import difflib
from collections.abc import Iterable, Mapping
from math import isfinite
from typing import TypeVar, get_type_hints

from windlass.domain.errors import InputError

P = TypeVar("P")

_TRUTHS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_KINDS: Mapping[type, str] = {int: "a whole number", float: "a number", bool: "true or false"}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class TrainingParameters:
    """What every training can be told; each pipeline adds its own, all with a default."""

    seed: int = 0
    max_bad_fraction: float = 0.2
    """Share of a file's rows that may be bad before training refuses the file."""
    n_trials: int = 6
    """Hyperopt trials of each algorithm that is searched."""
    parallelism: int = 2
    """Trials of a round, which run at once; the cores are shared among them."""
    fan_out: int = 0
    """Flow runs that share a round, each a pod of its own; 0: rounds run in this one."""
    kaggle_dataset: str = ""
    """What `source=kaggle` downloads."""
    publish_holdout: bool = True
    """Whether the held-back part becomes the dataset that promotions evaluate on."""

    def __post_init__(self) -> None:
        """Refuse values that no run could work with."""
        check_ranges(self, COMMON_RANGES)

    @property
    def named_files(self) -> tuple[str, ...]:
        """Files that only a parameter names; they are fetched beside the pipeline's own."""
        return ()


COMMON_RANGES: Mapping[str, tuple[float, float]] = {
    "seed": (0, 2**31 - 1),
    "max_bad_fraction": (0, 1),
    "n_trials": (0, 10_000),
    "parallelism": (1, 256),
    "fan_out": (0, 256),
}
"""Least and most of what every training can be told."""


def check_ranges(parameters: object, ranges: Mapping[str, tuple[float, float]]) -> None:
    """Raise InputError for a parameter outside its range, or no number at all."""
    for name, (low, high) in ranges.items():
        value = getattr(parameters, name)
        if not isfinite(value) or not low <= value <= high:
            raise InputError(f"parameter {name} must lie in {low:g} to {high:g}, not {value:g}")


def parse_parameters(kind: type[P], assignments: Iterable[str]) -> P:
    """Build `kind`, a dataclass whose fields all have defaults, from `name=value` texts."""
    types = get_type_hints(kind)
    values: dict[str, object] = {}
    for assignment in assignments:
        name, equals, text = assignment.partition("=")
        name = name.strip().replace("-", "_")
        if not equals:
            raise InputError(f"parameter {assignment!r} has no value; write it as name=value")
        if name not in types:
            raise InputError(_unknown(name, types))
        values[name] = _value(name, text.strip(), types[name])
    return kind(**values)


def known_parameters(kind: type) -> tuple[str, ...]:
    """Names of a pipeline's parameters."""
    return tuple(get_type_hints(kind))


def parameter_texts(parameters: object) -> dict[str, str]:
    """Parameters as text, as tracking and study names want them."""
    if not dataclasses.is_dataclass(parameters) or isinstance(parameters, type):
        raise TypeError("parameters are an instance of a dataclass")
    return {name: str(value) for name, value in dataclasses.asdict(parameters).items()}


def _unknown(name: str, types: Mapping[str, object]) -> str:
    close = difflib.get_close_matches(name, types, n=1)
    guess = f" (did you mean {close[0]}?)" if close else ""
    return f"unknown parameter {name}{guess}; there are: {', '.join(sorted(types))}"


def _value(name: str, text: str, kind: type) -> object:
    try:
        return _TRUTHS[text.lower()] if kind is bool else kind(text)
    except (ValueError, KeyError):
        raise InputError(f"parameter {name} must be {_KINDS[kind]}, not {text!r}") from None
