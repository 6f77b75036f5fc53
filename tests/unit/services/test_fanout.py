import re

import pytest
from hyperopt import hp

from tests.support.tuning_runs import (
    STUDY,
    Pod,
    Workers,
    complete,
    killed_after,
    never_heard_of_again,
    order,
    unused,
)
from windlass.adapters.memory.objects import MemoryObjects
from windlass.domain.errors import InputError, SystemUnavailable
from windlass.domain.names import Digest
from windlass.services.fanout import ATTEMPTS, Bench, evaluate_share, training_prefix
from windlass.services.trials import Ask, Outcome, Point, TrialStore
from windlass.services.tuning import Mapper, Study, tune

ASKS = [Ask(number=number, point={"x": number / 10}) for number in range(4)]
SPACE = {"x": hp.uniform("x", -5, 5)}


def bowl(point: Point) -> Outcome:
    return Outcome(loss=(point["x"] - 1) ** 2)


def search(objects: MemoryObjects, run: Mapper) -> list[float]:
    study = Study(name=STUDY, space=SPACE, trials=10, parallelism=4, seed=0)
    trials = tune(objects, study, bowl, run=run, on_trial=lambda trial: None)
    return [trial.loss for trial in trials]


def test_a_round_is_shared_among_runs_and_every_point_is_evaluated_once() -> None:
    workers = Workers(bowl)
    trials = list(workers.mapper(order())(unused, ASKS))
    assert sorted(trial.number for trial in trials) == [0, 1, 2, 3]
    shares = [[ask.number for ask in workers.share(run)] for run in workers.flows.started]
    assert shares == [[0, 2], [1, 3]]


def test_a_run_is_told_where_the_data_is_and_never_the_data() -> None:
    workers = Workers(bowl)
    list(workers.mapper(order())(unused, ASKS[:1]))
    assert workers.flows.started[0].parameters == {
        "study": STUDY,
        "pipeline": "pipeline",
        "search": "algorithm",
        "dataset": "datasets/training/0123",
        "parameters": {"seed": "0"},
        "asks": [{"number": 0, "point": {"x": 0.0}}],
    }


def test_there_are_no_more_runs_than_points() -> None:
    workers = Workers(bowl)
    list(workers.mapper(order(runs=16))(unused, ASKS))
    assert len(workers.flows.started) == 4


def test_the_outcome_is_that_of_a_search_in_one_process() -> None:
    workers = Workers(bowl)
    assert search(workers.objects, workers.mapper(order())) == search(MemoryObjects(), map)


@pytest.mark.parametrize("survived", [0, 1])
@pytest.mark.parametrize("first", [0, 1, 3])
def test_a_killed_pod_loses_no_trial_and_only_the_missing_are_repeated(
    first: int, survived: int
) -> None:
    evaluated: list[float] = []

    def counts(point: Point) -> Outcome:
        evaluated.append(point["x"])
        return bowl(point)

    pods: list[Pod] = [*[complete] * first, killed_after(survived)]
    workers = Workers(counts, pods)
    losses = search(workers.objects, workers.mapper(order()))
    assert losses == search(MemoryObjects(), map)
    assert len(evaluated) == len(set(evaluated)) == 10
    assert len(workers.flows.started) == 7


def test_a_share_that_never_succeeds_ends_the_search_with_its_last_message() -> None:
    dying = killed_after(0)
    workers = Workers(bowl, [dying, complete, dying, dying])
    said = f"trials 0, 2 of {STUDY} have no result after {ATTEMPTS} runs of tune/trials; the last"
    with pytest.raises(SystemUnavailable, match=re.escape(said) + r" one, \S+, ended Crashed OOM"):
        list(workers.mapper(order())(unused, ASKS))
    assert len(workers.flows.started) == 1 + ATTEMPTS


def test_a_run_whose_end_nobody_sees_is_not_waited_for_once_its_trials_are_there() -> None:
    workers = Workers(bowl, [never_heard_of_again, complete])
    assert len(list(workers.mapper(order())(unused, ASKS))) == 4


def test_a_repeated_parent_finds_the_runs_that_it_started() -> None:
    workers = Workers(bowl)
    first = iter(workers.mapper(order())(unused, ASKS))
    next(first)
    del first
    again = list(workers.mapper(order())(unused, ASKS))
    assert len(again) == 4
    assert len(workers.flows.started) == 2


def test_a_repeated_parent_gives_the_rest_of_a_round_to_the_same_shares() -> None:
    workers = Workers(bowl)
    list(workers.mapper(order())(unused, ASKS))
    workers.objects.delete(f"trials/{STUDY}/00003.json")
    rest = list(workers.mapper(order())(unused, ASKS[3:]))
    assert [trial.number for trial in rest] == [3]
    # the first attempt is known and over, so that only the second has a pod
    assert [[ask.number for ask in workers.share(run)] for run in workers.flows.started[2:]] == [
        [3]
    ]


def test_another_parent_of_the_study_is_not_stuck_with_the_runs_of_a_dead_one() -> None:
    dying = killed_after(0)
    workers = Workers(bowl, [dying] * 2 * ATTEMPTS)
    with pytest.raises(SystemUnavailable):
        list(workers.mapper(order(), "dead")(unused, ASKS))
    assert len(list(workers.mapper(order(), "new")(unused, ASKS))) == 4


def test_a_search_that_gave_up_can_be_repeated_once_its_cause_is_mended() -> None:
    dying = killed_after(0)
    workers = Workers(bowl, [dying] * 2 * ATTEMPTS)
    with pytest.raises(SystemUnavailable):
        list(workers.mapper(order())(unused, ASKS))

    assert len(list(workers.mapper(order())(unused, ASKS))) == 4
    assert len(workers.flows.started) == 2 * ATTEMPTS + 2


def test_a_child_evaluates_only_what_has_no_document() -> None:
    trials = TrialStore(MemoryObjects(), STUDY)
    trials.evaluate(ASKS[1], bowl)
    found = evaluate_share(trials, Bench(STUDY, bowl), ASKS[:3])
    assert [trial.number for trial in found] == [0, 2]


def test_a_child_with_other_data_or_parameters_refuses() -> None:
    trials = TrialStore(MemoryObjects(), STUDY)
    with pytest.raises(InputError, match=f"those of another, not of {STUDY}"):
        evaluate_share(trials, Bench("another", bowl), ASKS)


def test_the_same_data_lies_at_the_same_place() -> None:
    assert training_prefix(Digest("sha256:ab")) == "datasets/training/ab"
