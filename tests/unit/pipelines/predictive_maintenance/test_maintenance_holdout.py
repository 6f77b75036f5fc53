import json
from dataclasses import replace

import numpy as np
import pytest

from tests.support import plant
from windlass.domain.datasets import read_card
from windlass.domain.errors import InputError
from windlass.pipelines.predictive_maintenance.data import read_dataset
from windlass.pipelines.predictive_maintenance.features import Window
from windlass.pipelines.predictive_maintenance.holdout import rows_to_judge
from windlass.pipelines.predictive_maintenance.model import evaluate, load
from windlass.pipelines.predictive_maintenance.training import prepare
from windlass.pipelines.predictive_maintenance.writing import csv_files

ANOTHER_WINDOW = Window(gap=1, horizon=1)


def test_the_files_alone_give_the_held_back_rows_bit_for_bit() -> None:
    prepared = plant.prepared()
    rows = rows_to_judge(prepared.holdout(), ANOTHER_WINDOW)
    np.testing.assert_array_equal(rows.features, prepared.held_back.features)
    np.testing.assert_array_equal(rows.labels, prepared.held_back.labels)
    np.testing.assert_array_equal(rows.times, prepared.held_back.times)


def test_evaluating_on_the_files_gives_the_metrics_that_training_reported() -> None:
    trained = plant.trained()
    metrics = evaluate(load(trained.bundle), trained.holdout)
    assert metrics == {name: trained.metrics[name] for name in metrics}
    assert {"average_precision", "f1", "precision", "recall", "roc_auc", "threshold"} == set(
        metrics
    )


def test_machines_of_different_ends_are_each_judged_on_their_own_last_hours() -> None:
    first, *others = read_dataset(plant.files()).histories
    short = replace(first, times=first.times[:500], readings=first.readings[:500])
    files = csv_files([short, *others])
    prepared = prepare(read_dataset(files), plant.QUICK)
    rows = rows_to_judge(prepared.holdout(), ANOTHER_WINDOW)
    np.testing.assert_array_equal(rows.times, prepared.held_back.times)
    np.testing.assert_array_equal(rows.features, prepared.held_back.features)


def test_the_card_says_what_is_judged_and_that_training_saw_none_of_it() -> None:
    prepared = plant.prepared()
    card = read_card(prepared.holdout())
    assert card is not None
    assert card.settings["gap_hours"] == 0
    assert card.settings["horizon_hours"] == 24
    assert card.start > prepared.trained_on.until
    assert not card.overlaps(prepared.trained_on)


def test_the_same_data_always_gives_the_same_bytes() -> None:
    assert plant.prepared().holdout() == plant.prepared().holdout()


def test_a_plain_folder_is_judged_on_all_its_hours() -> None:
    rows = rows_to_judge(plant.files(), Window(gap=0, horizon=24))
    assert len(rows) == plant.PLANT.machines * (plant.PLANT.days * 24 - 24)


def test_a_part_without_failures_gives_metrics_without_those_it_can_not_define() -> None:
    quiet = dict(plant.files())
    quiet["PdM_failures.csv"] = b"datetime,machineID,failure\n"
    metrics = evaluate(load(plant.trained().bundle), quiet)
    assert set(metrics) == {"threshold"}
    assert json.dumps(metrics, allow_nan=False)


def test_a_part_too_short_for_its_labels_judges_nobody() -> None:
    scorer = load(plant.trained().bundle)
    window = scorer.settings.window
    short = [
        replace(
            each,
            times=each.times[: window.gap + window.horizon],
            readings=each.readings[: window.gap + window.horizon],
        )
        for each in read_dataset(plant.files()).histories
    ]
    with pytest.raises(InputError, match="no row can be judged: the dataset needs more than"):
        evaluate(scorer, csv_files(short))


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("PdM_errors.csv", b"datetime,machineID,errorID\n", "PdM_errors.csv is not the one"),
        ("dataset.json", b"{}", "dataset.json of the dataset can't be read"),
        ("dataset.json", b"[", "dataset.json of the dataset can't be read"),
    ],
)
def test_a_torn_dataset_is_refused(name: str, content: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message):
        rows_to_judge({**plant.trained().holdout, name: content}, ANOTHER_WINDOW)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"pipeline": "milk-price"}, "belongs to milk-price"),
        ({"gap_hours": "four"}, "dataset.json of the dataset: ValueError"),
        ({"starts": []}, "starts must be an object"),
    ],
)
def test_a_card_that_makes_no_sense_is_refused(changes: dict[str, object], message: str) -> None:
    files = dict(plant.trained().holdout)
    files["dataset.json"] = json.dumps({**json.loads(files["dataset.json"]), **changes}).encode()
    with pytest.raises(InputError, match=message):
        rows_to_judge(files, ANOTHER_WINDOW)
