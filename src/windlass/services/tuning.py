"""Hyperopt in rounds: ask for several points, evaluate them at once, tell the results.

A killed run resumes where it was: the study's name is made of all that its trials depend on, and a
finished trial is never repeated. Which points are asked for depends on the study, the trial's
number and the trials of earlier rounds only.
"""

import hashlib
import math
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from windlass.ports.objects import Objects
from windlass.services.trials import Ask, Evaluate, Point, Trial, TrialStore

if TYPE_CHECKING:
    from hyperopt.base import Domain

STARTUP = 5
"""Random points, before TPE has anything to reason from."""

WORST = 1e9
"""What the search is told of a trial whose loss is no number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """What is searched, and how much of it."""

    name: str
    """See `study_name`; more trials of the same study continue it."""
    space: Mapping[str, object]
    """Hyperopt expressions by name, none of them conditional."""
    trials: int
    parallelism: int
    """Points per round."""
    seed: int


Mapper = Callable[[Callable[[Ask], Trial], Sequence[Ask]], Iterable[Trial]]
"""Applies a function to each ask, in any order: `map`, a thread pool, Prefect tasks; or has the
trials made elsewhere, as `fanout` does."""


def study_name(pipeline: str, parts: Iterable[str]) -> str:
    """Name of a study: the pipeline, then a digest of everything else its trials depend on."""
    digest = hashlib.sha256("\n".join(parts).encode()).hexdigest()
    return f"{pipeline}-{digest[:16]}"


def tune(
    objects: Objects,
    study: Study,
    evaluate: Evaluate,
    *,
    run: Mapper,
    on_trial: Callable[[Trial], None],
) -> tuple[Trial, ...]:
    """Run the trials that are still missing; all trials by number, each told to `on_trial` once."""
    store = TrialStore(objects, study.name)
    done = store.read(range(study.trials))
    for number in sorted(done):
        on_trial(done[number])

    def one(ask: Ask) -> Trial:
        return store.evaluate(ask, evaluate)

    for first in range(0, study.trials, study.parallelism):
        numbers = range(first, min(first + study.parallelism, study.trials))
        if all(number in done for number in numbers):
            continue
        asks = _ask(study, numbers, [done[number] for number in range(first)])
        for trial in run(one, [ask for ask in asks if ask.number not in done]):
            done[trial.number] = trial
            on_trial(trial)
    return tuple(done[number] for number in range(study.trials))


def best(trials: Sequence[Trial]) -> Trial:
    """The trial with the least loss; the first of equals, one without a number only if all are."""
    return min(trials, key=lambda trial: (_told(trial.loss), trial.number))


def _ask(study: Study, numbers: Sequence[int], told: Sequence[Trial]) -> list[Ask]:
    """One point for each number.

    `tpe.suggest` answers several ids with one point once it has left its random start, so each
    point is asked for by itself. Those that wait count as bad as the worst told, or the points of
    a round would lie side by side.
    """
    from hyperopt.base import Domain

    domain = Domain(lambda point: 0.0, dict(study.space))
    worst = max((_told(trial.loss) for trial in told), default=WORST)
    waiting: list[Trial] = []
    for number in numbers:
        point = _suggest(study, domain, number, [*told, *waiting])
        waiting.append(Trial(number=number, point=point, loss=worst))
    return [Ask(number=trial.number, point=trial.point) for trial in waiting]


def _suggest(study: Study, domain: "Domain", number: int, told: Sequence[Trial]) -> Point:
    from hyperopt import Trials, tpe

    history = Trials()
    history.insert_trial_docs([_document(trial, domain.cmd) for trial in told])
    history.refresh()
    [answer] = tpe.suggest(
        [number],
        domain,
        history,
        random.Random(f"{study.seed}/{number}").getrandbits(31),
        n_startup_jobs=STARTUP,
        verbose=False,
    )
    values: Mapping[str, Sequence[float]] = answer["misc"]["vals"]
    return {name: float(found[0]) for name, found in sorted(values.items())}


def _document(trial: Trial, command: object) -> dict[str, object]:
    """A trial in hyperopt's own form."""
    return {
        "tid": trial.number,
        "spec": None,
        "state": 2,
        "exp_key": None,
        "owner": None,
        "version": 0,
        "book_time": None,
        "refresh_time": None,
        "result": {"status": "ok", "loss": _told(trial.loss)},
        "misc": {
            "tid": trial.number,
            "cmd": command,
            "workdir": None,
            "idxs": {name: [trial.number] for name in trial.point},
            "vals": {name: [value] for name, value in trial.point.items()},
        },
    }


def _told(loss: float) -> float:
    return loss if math.isfinite(loss) else WORST
