"""The made-up data has a signal that is worth a model, and room for better and worse ones."""

import pytest

from windlass.pipelines.predictive_maintenance import training
from windlass.pipelines.predictive_maintenance.boosting import DEFAULT_POINT, Effort, recipe
from windlass.pipelines.predictive_maintenance.data import read_dataset
from windlass.pipelines.predictive_maintenance.metrics import average_precision
from windlass.pipelines.predictive_maintenance.model import FailureScorer, Settings
from windlass.pipelines.predictive_maintenance.params import Parameters
from windlass.pipelines.predictive_maintenance.synthetic import Plant, synthetic_files

SETTINGS = {
    "worse": Parameters(folds=2, iterations=1, max_depth=1),
    "first": Parameters(folds=2, iterations=20, max_depth=2),
    "better": Parameters(folds=2),
}


@pytest.fixture(scope="module")
def precisions() -> dict[str, float]:
    """Average precision of three candidates and the baseline on the same held-back part."""
    prepared = training.prepare(read_dataset(synthetic_files(Plant())), Parameters())
    rows = prepared.held_back
    scores = {"baseline": training.baseline_scores(prepared)}
    for name, parameters in SETTINGS.items():
        how = recipe(DEFAULT_POINT, parameters)
        final = training.refit(prepared, how, Effort(seed=0, threads=1))
        settings = Settings(threshold=0.5, window=parameters.window, normal=final.normal)
        scores[name] = FailureScorer(final.forest, settings).probabilities(rows.features)
    return {name: average_precision(rows.labels, found) or 0 for name, found in scores.items()}


def test_a_bad_a_first_and_a_better_candidate_are_clearly_apart(
    precisions: dict[str, float],
) -> None:
    assert precisions["worse"] < 0.3
    assert 0.5 < precisions["first"] < precisions["better"] - 0.05


def test_the_model_beats_logistic_regression_clearly(precisions: dict[str, float]) -> None:
    assert precisions["better"] > precisions["baseline"] + 0.3
