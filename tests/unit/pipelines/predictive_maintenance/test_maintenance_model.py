import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.support import plant
from windlass.domain.bundle import Bundle
from windlass.domain.errors import BundleError
from windlass.pipelines import model_of, names
from windlass.pipelines.contract import InvalidRequest
from windlass.pipelines.predictive_maintenance.features import NAMES
from windlass.pipelines.predictive_maintenance.model import (
    FailureScorer,
    evaluate,
    load,
    sample_request,
)
from windlass.pipelines.predictive_maintenance.record import record_at
from windlass.pipelines.predictive_maintenance.request import features_of


@pytest.fixture(scope="module")
def scorer() -> FailureScorer:
    return load(plant.trained().bundle)


def test_the_pipeline_is_found_by_its_name() -> None:
    assert "predictive-maintenance" in names()
    assert model_of("predictive-maintenance").load is load


def test_each_held_back_row_gets_the_training_features_from_its_raw_past(
    scorer: FailureScorer,
) -> None:
    prepared = plant.prepared()
    rows = prepared.held_back
    histories = {history.machine: history for history in prepared.dataset.histories}
    expected = scorer.probabilities(rows.features)
    for index in range(0, len(rows), 5):
        record = record_at(histories[int(rows.machines[index])], int(rows.times[index]))
        np.testing.assert_array_equal(features_of(record).astype(np.float32), rows.features[index])
        assert scorer.predict(record).score == pytest.approx(expected[index], rel=1e-9)


def test_the_answer_has_the_probability_and_what_to_do(scorer: FailureScorer) -> None:
    prepared = plant.prepared()
    scores = scorer.probabilities(prepared.training.features)
    for index, decision in (
        (int(np.argmax(scores)), "schedule_maintenance"),
        (int(np.argmin(scores)), "no_action"),
    ):
        values = prepared.training.features[index].tolist()
        ready = {
            name: None if math.isnan(value) else value
            for name, value in zip(NAMES, values, strict=True)
        }
        answer = scorer.predict({"features": ready})
        assert answer.score == pytest.approx(scores[index], rel=1e-9)
        assert answer.body == {
            "failure_probability": round(float(scores[index]), 6),
            "decision": decision,
        }


def test_the_golden_request_gives_the_golden_score(scorer: FailureScorer) -> None:
    golden = plant.trained().bundle.manifest.golden
    assert scorer.predict(golden.request).score == golden.score


def test_a_machine_that_training_never_saw_can_be_scored(scorer: FailureScorer) -> None:
    history = replace(plant.prepared().dataset.histories[0], machine=999, model="model9")
    score = scorer.predict(record_at(history, int(history.times[-1]))).score
    assert score is not None
    assert 0 <= score <= 1


def test_a_table_is_scored_whatever_the_order_of_its_columns(scorer: FailureScorer) -> None:
    rows = plant.prepared().held_back.features[:50].astype(float)
    cells = [[None if math.isnan(cell) else cell for cell in row] for row in rows.tolist()]
    expected = scorer.probabilities(rows.astype(np.float32)).tolist()
    assert scorer.predict_table(NAMES, cells) == expected
    assert scorer.predict_table(NAMES, rows.tolist()) == expected
    backwards = [row[::-1] for row in cells]
    assert scorer.predict_table(NAMES[::-1], backwards) == expected
    assert scorer.predict_table(NAMES, []) == []


@pytest.mark.parametrize(
    ("columns", "cell", "field"),
    [
        (NAMES[:-1], 1.0, "hour_of_day"),
        ((*NAMES[:-1], "hour"), 1.0, "hour"),
        ((*NAMES[:-1], "volt"), 1.0, "columns"),
        (NAMES, "1.0", "volt in row 1"),
        (NAMES, True, "volt in row 1"),
        (NAMES, math.inf, "volt in row 1"),
        (NAMES, 10**400, "rows"),
    ],
)
def test_a_wrong_table_is_refused_by_its_column(
    scorer: FailureScorer, columns: tuple[str, ...], cell: object, field: str
) -> None:
    width = len(columns)
    with pytest.raises(InvalidRequest) as refused:
        scorer.predict_table(columns, [[1.0] * width, [cell, *[1.0] * (width - 1)]])
    assert refused.value.field == field


def altered(**changes: Any) -> Bundle:
    bundle = plant.trained().bundle
    return replace(bundle, manifest=replace(bundle.manifest, **changes))


@pytest.mark.parametrize(
    ("bundle", "message"),
    [
        (lambda: altered(features_version="0"), "has features of version 0"),
        (lambda: altered(features=NAMES[::-1]), "or another order of them: train the model again"),
        (lambda: altered(parameters={}), "parameter 'threshold' of its manifest"),
        (lambda: altered(parameters={"threshold": "x"}), "must be a number"),
        (lambda: replace(plant.trained().bundle, files={}), "has no file model.cbm"),
        (
            lambda: replace(plant.trained().bundle, files={"model.cbm": b"CBM1 nonsense"}),
            "model.cbm can't be read",
        ),
    ],
)
def test_a_bundle_that_does_not_fit_is_refused(bundle: Any, message: str) -> None:
    with pytest.raises(BundleError, match=message):
        load(bundle())


def test_a_sample_request_can_be_answered(scorer: FailureScorer) -> None:
    request = sample_request(plant.trained().holdout)
    assert {"machineID", "datetime", "volt", "history"} <= request.keys()
    assert scorer.predict(request).score is not None


def test_only_a_scorer_of_this_pipeline_is_evaluated() -> None:
    with pytest.raises(TypeError, match="object is no scorer"):
        evaluate(object(), {})  # type: ignore[arg-type]  # that is the point
