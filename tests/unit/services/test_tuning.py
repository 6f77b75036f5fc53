import math
from collections.abc import Callable, Sequence

import pytest
from hyperopt import hp

from windlass.adapters.memory.objects import MemoryObjects
from windlass.domain.errors import InputError
from windlass.services.trials import Ask, Outcome, Point, Trial
from windlass.services.tuning import Study, best, study_name, tune

SPACE = {"x": hp.uniform("x", -5, 5), "depth": hp.quniform("depth", 2, 6, 1)}


def study(trials: int = 9, parallelism: int = 3, seed: int = 0) -> Study:
    return Study(name="s", space=SPACE, trials=trials, parallelism=parallelism, seed=seed)


def bowl(point: Point) -> Outcome:
    return Outcome(loss=(point["x"] - 1) ** 2, metrics={"depth": point["depth"]})


def run(
    objects: MemoryObjects, wanted: Study, evaluate: Callable[[Point], Outcome] = bowl
) -> tuple[Trial, ...]:
    return tune(objects, wanted, evaluate, run=map, on_trial=lambda trial: None)


def test_all_trials_are_run_and_stored_in_the_space() -> None:
    objects = MemoryObjects()
    trials = run(objects, study())
    assert [trial.number for trial in trials] == list(range(9))
    assert all(-5 <= t.point["x"] <= 5 and t.point["depth"] in range(2, 7) for t in trials)
    assert len(objects.list("trials/s/")) == 9


def test_a_study_is_the_same_for_a_seed_and_another_for_another() -> None:
    first, second = run(MemoryObjects(), study()), run(MemoryObjects(), study())
    assert first == second
    assert run(MemoryObjects(), study(seed=1)) != first


def test_the_points_of_a_round_differ_also_when_tpe_chooses_them() -> None:
    points = [trial.point["x"] for trial in run(MemoryObjects(), study(trials=15))]
    for first in range(0, 15, 3):
        a, b, c = points[first : first + 3]
        assert min(abs(a - b), abs(b - c), abs(a - c)) > 0.01


def test_the_search_learns_from_what_it_was_told() -> None:
    trials = run(MemoryObjects(), study(trials=40))
    assert best(trials).loss < 0.05


class Killed(BaseException):
    """What a kill looks like from inside."""


@pytest.mark.parametrize("survived", range(9))
def test_a_killed_study_goes_on_where_it_was_and_ends_the_same(survived: int) -> None:
    evaluated = 0

    def dies_after(point: Point) -> Outcome:
        nonlocal evaluated
        if evaluated == survived:
            raise Killed
        evaluated += 1
        return bowl(point)

    objects = MemoryObjects()
    with pytest.raises(Killed):
        run(objects, study(), dies_after)
    repeated: list[Point] = []

    def counts(point: Point) -> Outcome:
        repeated.append(point)
        return bowl(point)

    assert run(objects, study(), counts) == run(MemoryObjects(), study())
    assert len(repeated) == 9 - survived


def test_more_trials_continue_a_finished_study() -> None:
    objects = MemoryObjects()
    six = run(objects, study(trials=6))
    assert run(objects, study(trials=9))[:6] == six
    assert run(MemoryObjects(), study(trials=9))[:6] == six


def test_every_trial_is_told_once_the_stored_ones_first() -> None:
    objects, told = MemoryObjects(), list[int]()
    run(objects, study(trials=4, parallelism=2))
    tune(
        objects,
        study(trials=6, parallelism=2),
        bowl,
        run=map,
        on_trial=lambda trial: told.append(trial.number),
    )
    assert told == list(range(6))


def test_a_mapper_may_finish_the_trials_of_a_round_in_any_order() -> None:
    def backwards(one: Callable[[Ask], Trial], asks: Sequence[Ask]) -> list[Trial]:
        return [one(ask) for ask in reversed(asks)]

    trials = tune(MemoryObjects(), study(), bowl, run=backwards, on_trial=lambda trial: None)
    assert trials == run(MemoryObjects(), study())


def test_a_trial_without_a_number_is_kept_and_never_the_best() -> None:
    def sometimes(point: Point) -> Outcome:
        return Outcome(loss=math.nan) if point["x"] > 0 else bowl(point)

    objects = MemoryObjects()
    trials = run(objects, study(), sometimes)
    assert any(math.isnan(trial.loss) for trial in trials)
    assert math.isfinite(best(trials).loss)
    assert best(run(objects, study(), sometimes)) == best(trials)


def test_of_equals_the_first_is_the_best() -> None:
    trials = [Trial(number=n, point={}, loss=loss) for n, loss in enumerate([2.0, 1.0, 1.0])]
    assert best(trials).number == 1


@pytest.mark.parametrize("content", [b"", b"[]", b'{"number": 0}', b'{"number": 0, "point": 3}'])
def test_a_stored_trial_that_makes_no_sense_is_named(content: bytes) -> None:
    objects = MemoryObjects()
    objects.put("trials/s/00000.json", content)
    with pytest.raises(InputError, match=r"trials/s/00000\.json can't be read; delete it"):
        run(objects, study())


def test_a_studys_name_depends_on_every_part() -> None:
    names = {study_name("p", parts) for parts in (["a", "b"], ["a"], ["a", "c"], ["ab"])}
    assert len(names) == 4
    assert study_name("p", ["a"]).startswith("p-")
