import math

import numpy as np
import pytest
from catboost import CatBoostClassifier, CatBoostRegressor

from tests.support import plant
from windlass.pipelines.predictive_maintenance.trees import Trees, probability


def test_they_agree_with_catboost_on_every_row_unknown_values_among_them() -> None:
    prepared, (final, _) = plant.prepared(), plant.fitted()
    inputs = final.normal.inputs(prepared.training.features)
    trees = Trees.of(final.forest)
    assert np.isnan(inputs).any()
    expected = final.forest.predict(inputs, prediction_type="RawFormulaVal")
    np.testing.assert_allclose([trees.raw(row) for row in inputs], expected, atol=1e-12)


@pytest.mark.parametrize("depth", [1, 4])
def test_trees_of_any_depth_and_values_at_a_border_are_read_alike(depth: int) -> None:
    rows = np.random.default_rng(0).integers(0, 5, (200, 3)).astype(np.float32)
    forest = CatBoostClassifier(
        iterations=5, depth=depth, border_count=4, verbose=False, allow_writing_files=False
    )
    forest.fit(rows, rows[:, 0] + rows[:, 1] > 5)
    trees = Trees.of(forest)
    extreme = np.array([[np.nan] * 3, [np.inf] * 3, [-np.inf] * 3], dtype=np.float32)
    for row in [*rows, *extreme]:
        [expected] = forest.predict(row[None], prediction_type="RawFormulaVal")
        assert trees.raw(row) == pytest.approx(expected, abs=1e-12)


def test_another_kind_of_trees_is_refused() -> None:
    forest = CatBoostRegressor(
        iterations=2, grow_policy="Lossguide", verbose=False, allow_writing_files=False
    )
    forest.fit(np.arange(20.0).reshape(-1, 1), np.arange(20.0))
    with pytest.raises(KeyError, match="oblivious_trees"):
        Trees.of(forest)


@pytest.mark.parametrize(
    ("raw", "expected"), [(0.0, 0.5), (-1e6, 0.0), (1e6, 1.0), (1.0, 0.7310586)]
)
def test_log_odds_become_probabilities_however_large(raw: float, expected: float) -> None:
    assert math.isclose(probability(raw), expected, abs_tol=1e-6)
