"""The histogram of latencies and scores."""

import math
import random

import pytest

from windlass.domain.sketch import Sketch, bucket_of, value_of


@pytest.mark.parametrize("exponent", range(-8, 10))
@pytest.mark.parametrize("sign", [1, -1])
def test_a_value_and_its_buckets_middle_differ_by_less_than_one_percent(
    exponent: int, sign: int
) -> None:
    rng = random.Random(exponent)
    for _ in range(200):
        value = sign * rng.uniform(1, 10) * 10.0**exponent
        assert abs(value_of(bucket_of(value)) - value) <= 0.01 * abs(value)


@pytest.mark.parametrize("value", [0.0, -0.0, 1e-12, -1e-12])
def test_next_to_nothing_counts_as_zero(value: float) -> None:
    assert value_of(bucket_of(value)) == 0.0


def test_buckets_are_ordered_as_values_are() -> None:
    values = [-1e6, -3.0, -1.0, -1e-8, 0.0, 1e-8, 1.0, 3.0, 1e6]

    assert [bucket_of(value) for value in values] == sorted(bucket_of(value) for value in values)
    assert len({bucket_of(value) for value in values}) == len(values)


def test_a_merged_sketch_counts_both() -> None:
    left, right = [0.5, 1.0, -2.0], [1.0, 1.0, 0.0]

    assert Sketch.of(left).plus(Sketch.of(right)) == Sketch.of(left + right)


def test_the_earlier_state_can_be_taken_away() -> None:
    earlier = Sketch.of([1.0, 2.0])

    assert earlier.plus(Sketch.of([2.0, 9.0])).minus(earlier) == Sketch.of([2.0, 9.0])


def test_taking_away_more_than_there_is_leaves_nothing() -> None:
    assert Sketch.of([1.0]).minus(Sketch.of([1.0, 1.0])).total == 0


@pytest.mark.parametrize(
    ("q", "expected"), [(0.0, -5.0), (0.25, -1.0), (0.5, 0.0), (0.75, 2.0), (1.0, 100.0)]
)
def test_quantiles_are_those_of_the_values(q: float, expected: float) -> None:
    found = Sketch.of([2.0, -5.0, 0.0, 100.0, -1.0]).quantile(q)

    assert found == pytest.approx(expected, rel=0.01)


def test_a_quantile_of_nothing_is_not_a_number() -> None:
    assert math.isnan(Sketch().quantile(0.5))


@pytest.mark.parametrize(
    ("limit", "expected"), [(50.0, 2), (100.0, 1), (200.0, 0), (0.0, 3), (-1.0, 4), (-10.0, 5)]
)
def test_values_above_a_limit_are_counted(limit: float, expected: int) -> None:
    assert Sketch.of([-5.0, 0.0, 10.0, 60.0, 150.0]).above(limit) == expected


def test_a_value_at_the_limit_is_not_above_it() -> None:
    assert Sketch.of([50.0] * 3).above(50.0) == 0
