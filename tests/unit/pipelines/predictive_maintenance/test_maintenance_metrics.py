import numpy as np
import pytest

from windlass.pipelines.predictive_maintenance.metrics import (
    DEFAULT_THRESHOLD,
    average_precision,
    best_threshold,
    scores_at,
)

LABELS = np.array([True, False, True, False])


@pytest.mark.parametrize(
    ("labels", "scores", "expected"),
    [
        ([True, True, False, False], [0.9, 0.8, 0.2, 0.1], 0.5),
        ([False, False, False, True], [0.9, 0.8, 0.2, 0.1], 0.05),
        ([True, False, False, False], [0.9, 0.3, 0.3, 0.3], 0.6),
        ([True, True, False, False], [0.5, 0.5, 0.5, 0.1], 0.3),
        ([False, False], [0.5, 0.5], DEFAULT_THRESHOLD),
    ],
)
def test_the_threshold_lies_in_the_middle_of_the_best_cut(
    labels: list[bool], scores: list[float], expected: float
) -> None:
    assert best_threshold(np.array(labels), np.array(scores)) == pytest.approx(expected)


def test_metrics_have_their_public_names() -> None:
    metrics = scores_at(LABELS, np.array([0.9, 0.8, 0.7, 0.1]), 0.75)
    assert metrics == pytest.approx(
        {
            "f1": 0.5,
            "precision": 0.5,
            "recall": 0.5,
            "threshold": 0.75,
            "average_precision": (1 + 2 / 3) / 2,
            "roc_auc": 0.75,
        }
    )


def test_metrics_that_need_both_classes_are_left_out_without_them() -> None:
    scores = np.array([0.1, 0.2])
    assert set(scores_at(np.array([False, False]), scores, 0.5)) == {"threshold"}
    assert "roc_auc" not in scores_at(np.array([True, True]), scores, 0.5)
    assert set(scores_at(np.empty(0, dtype=bool), np.empty(0), 0.5)) == {"threshold"}


def test_average_precision_is_not_defined_without_a_failure() -> None:
    assert average_precision(np.array([False]), np.array([0.5])) is None
