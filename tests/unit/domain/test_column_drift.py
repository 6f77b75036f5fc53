"""Drift of columns, and of data, on counts of which the answer is plain."""

import json
import math
import random

import pytest

from windlass.domain.drift import Column, Drift, Limits, Shift, has_drifted, shift_of
from windlass.domain.errors import InputError
from windlass.domain.sketch import Sketch


def normal(count: int, mean: float = 0.0, seed: int = 1) -> Sketch:
    chance = random.Random(seed)
    return Sketch.of(chance.gauss(mean, 1) for _ in range(count))


def column(before: Sketch, now: Sketch) -> Column:
    return Column(name="wind", before=before, now=now)


def shift(drift: Drift, name: str = "wind") -> Shift:
    return Shift(name=name, index=0.1, chance=0.1, drift=drift, missing_before=0.0, missing_now=0.0)


SAME = Sketch({5: 100})
MOSTLY = Sketch({1: 50, 9: 950})
OTHER = Sketch({5: 60, 9: 40})


@pytest.mark.parametrize(
    ("before", "now", "drift"),
    [
        (normal(1000), normal(1000, seed=2), Drift.STABLE),
        (normal(1000), normal(1000, mean=1.5), Drift.DRIFTED),
        (normal(30), normal(25, mean=0.5, seed=2), Drift.UNSURE),
        (normal(19), normal(1000), Drift.UNSURE),
        (normal(1000), Sketch(), Drift.UNSURE),
        (SAME, Sketch({5: 400}), Drift.STABLE),
        (SAME, OTHER, Drift.DRIFTED),
        (SAME, Sketch({9: 400}), Drift.DRIFTED),
        (OTHER, SAME, Drift.DRIFTED),
        (MOSTLY, Sketch({1: 400}), Drift.DRIFTED),
        (MOSTLY, Sketch({1: 10, 9: 190}), Drift.STABLE),
    ],
)
def test_a_column_is_compared_before_and_now(before: Sketch, now: Sketch, drift: Drift) -> None:
    assert shift_of(column(before, now), 0.2).drift is drift


def test_too_few_values_have_no_index() -> None:
    found = shift_of(column(normal(19), normal(1000)), 0.2)
    assert (found.index, found.chance) == (None, None)


def test_a_constant_that_stays_has_index_zero() -> None:
    assert shift_of(column(SAME, Sketch({5: 20})), 0.2).index == 0.0


def test_indices_are_numbers_that_json_knows() -> None:
    for before, now in ((SAME, OTHER), (OTHER, SAME), (normal(500), normal(50, mean=9))):
        found = shift_of(column(before, now), 0.2)
        assert found.index is not None
        assert math.isfinite(found.index)
        assert json.dumps(found.as_json(), allow_nan=False)


def test_the_threshold_decides() -> None:
    moved = column(normal(2000), normal(2000, mean=0.7, seed=3))
    drifts = [shift_of(moved, threshold).drift for threshold in (0.05, 5.0)]
    assert drifts == [Drift.DRIFTED, Drift.STABLE]


@pytest.mark.parametrize(
    ("features", "scores", "drifted"),
    [
        ([], [], False),
        ([Drift.DRIFTED, Drift.STABLE], [], True),
        ([Drift.DRIFTED, Drift.STABLE, Drift.STABLE], [], False),
        ([Drift.UNSURE, Drift.UNSURE], [], False),
        ([Drift.STABLE], [Drift.DRIFTED], True),
        ([Drift.STABLE], [Drift.UNSURE], False),
        ([], [Drift.STABLE, Drift.DRIFTED], True),
    ],
)
def test_data_has_drifted_with_a_score_or_with_enough_features(
    features: list[Drift], scores: list[Drift], drifted: bool
) -> None:
    found = has_drifted([shift(one) for one in features], [shift(one) for one in scores], Limits())
    assert found is drifted


@pytest.mark.parametrize(
    "limits",
    [{"threshold": 0}, {"threshold": math.nan}, {"drifted_share": 0}, {"drifted_share": 2}],
)
def test_limits_that_all_or_nothing_would_pass_are_refused(limits: dict[str, float]) -> None:
    with pytest.raises(InputError, match=next(iter(limits))):
        Limits(**limits)
