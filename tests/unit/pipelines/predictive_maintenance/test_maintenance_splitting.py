from dataclasses import replace

import numpy as np
import pytest

from windlass.domain.errors import InputError
from windlass.pipelines.predictive_maintenance.features import HOUR, RECENT, History, Window
from windlass.pipelines.predictive_maintenance.splitting import (
    folds,
    held_back_rows,
    test_starts,
    training_rows,
)

test_starts.__test__ = False  # type: ignore[attr-defined]  # a function under test, not a test

WINDOW = Window(gap=0, horizon=24)


def machine(number: int, hours: int, *failed: int) -> History:
    """Times are hours since 1970."""
    return History(
        machine=number,
        times=HOUR * np.arange(hours),
        readings=np.ones((hours, 4)),
        failures={"comp1": HOUR * np.array(failed, dtype=np.int64)},
    )


def test_the_last_hours_of_each_machine_are_held_back() -> None:
    starts = test_starts([machine(1, 100), machine(2, 1000), machine(3, 1)], 0.2)
    assert starts == {1: 80 * HOUR, 2: 800 * HOUR, 3: 0}


def test_no_training_rows_label_looks_past_the_split() -> None:
    history = machine(1, 100, 50)
    rows = training_rows([history], {1: 80 * HOUR}, WINDOW)
    assert (rows.times // HOUR).tolist() == list(range(56))
    assert np.flatnonzero(rows.labels).tolist() == list(range(26, 50))


def test_held_back_rows_end_where_their_labels_are_no_longer_known() -> None:
    history = machine(1, 200, 190)
    rows = held_back_rows([history], {1: 160 * HOUR}, WINDOW)
    assert (rows.times // HOUR).tolist() == list(range(160, 176))


def test_what_happens_after_the_split_changes_no_training_row() -> None:
    one, other = machine(1, 300, 50, 290), machine(1, 300, 50, 270, 280)
    spoiled = replace(other, readings=np.where(one.times[:, None] < 240 * HOUR, one.readings, 7.0))
    first = training_rows([one], {1: 240 * HOUR}, WINDOW)
    second = training_rows([spoiled], {1: 240 * HOUR}, WINDOW)
    np.testing.assert_array_equal(first.features, second.features)
    np.testing.assert_array_equal(first.labels, second.labels)


@pytest.mark.parametrize(
    ("history", "message"),
    [
        (machine(1, 300), "no failure lies (0, 24] hours after any training row"),
        (machine(1, 300, 290), "PdM_failures.csv has 1 of machines with telemetry"),
        (machine(1, 10, 5), "no training rows are left"),
        (machine(1, 60, *range(0, 60, 10)), "every training row has a failure"),
    ],
)
def test_training_is_refused_where_there_is_nothing_to_learn(
    history: History, message: str
) -> None:
    with pytest.raises(InputError) as refused:
        training_rows([history], test_starts([history], 0.2), WINDOW)
    assert message in str(refused.value)


def test_every_failure_judges_once_and_never_the_model_that_was_trained_around_it() -> None:
    rows = training_rows([machine(1, 1000, 100, 400)], {1: 1000 * HOUR}, WINDOW)
    found = folds(rows, 4, WINDOW)
    assert len(found) == 2
    assert sum(rows.labels[fold.validation].sum() for fold in found) == rows.labels.sum()
    for fold in found:
        judged = rows.times[fold.validation]
        trained = rows.times[fold.training]
        before, after = trained[trained < judged[0]], trained[trained > judged[-1]]
        assert not (before + WINDOW.seconds >= judged[0]).any()
        assert not (after - RECENT * HOUR <= judged[-1]).any()


def test_a_single_failure_can_not_be_validated() -> None:
    rows = training_rows([machine(1, 1000, 100)], {1: 1000 * HOUR}, WINDOW)
    assert folds(rows, 4, WINDOW) == ()


def test_machines_keep_each_its_own_time() -> None:
    early, late = machine(1, 400, 100, 300), machine(2, 400, 120, 320)
    late = replace(
        late,
        times=late.times + 9000 * HOUR,
        failures={"comp1": late.failures["comp1"] + 9000 * HOUR},
    )
    histories = [early, late]
    rows = training_rows(histories, test_starts(histories, 0.01), WINDOW)
    for fold in folds(rows, 2, WINDOW):
        assert set(rows.machines[fold.validation]) == {1, 2}
