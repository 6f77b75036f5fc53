"""The trials of a study, as documents in the object store: what was tried is never lost.

A trial that has a document is not repeated, whoever wrote it: this process, an earlier one that was
killed, or another pod.
"""

import json
import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field

from windlass.domain.errors import InputError
from windlass.ports.objects import Objects

Point = Mapping[str, float]
"""Values of the hyperparameters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A point that waits for its evaluation."""

    number: int
    point: Point


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What an evaluation found."""

    loss: float
    """To be made small; NaN where the point could not be judged."""
    metrics: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A finished trial."""

    number: int
    point: Point
    loss: float
    metrics: Mapping[str, float] = field(default_factory=dict)


Evaluate = Callable[[Point], Outcome]


@dataclass(frozen=True, slots=True)
class TrialStore:
    """The documents of one study."""

    objects: Objects
    study: str

    def read(self, numbers: Collection[int]) -> dict[int, Trial]:
        """Those of the named trials that are finished."""
        there = {found.key for found in self.objects.list(f"trials/{self.study}/")}
        keys = [key for key in map(self._key, sorted(numbers)) if key in there]
        trials = (_load(key, self.objects.get(key)) for key in keys)
        return {trial.number: trial for trial in trials}

    def evaluate(self, ask: Ask, evaluate: Evaluate) -> Trial:
        """Evaluate a point and write its document."""
        outcome = evaluate(ask.point)
        trial = Trial(
            number=ask.number, point=ask.point, loss=outcome.loss, metrics=outcome.metrics
        )
        self.objects.put(self._key(trial.number), _dump(trial))
        return trial

    def evaluate_missing(self, asks: Sequence[Ask], evaluate: Evaluate) -> Iterator[Trial]:
        """Evaluate, one after the other, those points whose trials are not finished."""
        done = self.read([ask.number for ask in asks])
        for ask in asks:
            if ask.number not in done:
                yield self.evaluate(ask, evaluate)

    def _key(self, number: int) -> str:
        return f"trials/{self.study}/{number:05d}.json"


def _dump(trial: Trial) -> bytes:
    document = asdict(trial)
    document["loss"] = trial.loss if math.isfinite(trial.loss) else None
    return json.dumps(document, sort_keys=True, allow_nan=False).encode()


def _load(key: str, data: bytes | None) -> Trial:
    try:
        raw = json.loads(data or b"")
        loss = raw["loss"]
        return Trial(
            number=int(raw["number"]),
            point={str(name): float(value) for name, value in raw["point"].items()},
            loss=math.nan if loss is None else float(loss),
            metrics={str(name): float(value) for name, value in raw["metrics"].items()},
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"the stored trial {key} can't be read; delete it: {error!r}") from error
