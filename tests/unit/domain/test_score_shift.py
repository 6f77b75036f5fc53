"""Score shift: the population stability index on values computed by hand."""

import math
import random

import pytest

from windlass.domain.promotion.shift import chance_shift, score_shift
from windlass.domain.sketch import Sketch

TEN = [float(value) for value in (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)]
"""One value in each of ten champion-quantile bins."""


def test_equal_scores_do_not_shift() -> None:
    assert score_shift(Sketch.of(TEN * 10), Sketch.of(TEN * 10)) == 0.0


def test_the_size_of_the_sample_does_not_shift() -> None:
    assert score_shift(Sketch.of(TEN * 10), Sketch.of(TEN * 30)) == pytest.approx(0.0)


def test_two_bins_by_hand() -> None:
    champion = Sketch.of([1.0] * 50 + [2.0] * 50)
    candidate = Sketch.of([1.0] * 25 + [2.0] * 75)

    expected = (0.25 - 0.5) * math.log(0.25 / 0.5) + (0.75 - 0.5) * math.log(0.75 / 0.5)
    assert score_shift(champion, candidate) == pytest.approx(expected)


def test_ten_bins_by_hand() -> None:
    champion = Sketch.of(TEN * 10)
    candidate = Sketch.of([1.0] * 100)

    floor = 0.5 / 104.5
    expected = (100 / 104.5 - 0.1) * math.log(100 / 104.5 / 0.1)
    expected += 9 * (floor - 0.1) * math.log(floor / 0.1)
    assert score_shift(champion, candidate) == pytest.approx(expected)


def test_scores_beyond_all_the_champion_gave_fall_into_the_outer_bins() -> None:
    champion = Sketch.of([1.0] * 50 + [2.0] * 50)

    inside = score_shift(champion, Sketch.of([1.0] * 25 + [2.0] * 75))
    assert score_shift(champion, Sketch.of([-9.0] * 25 + [99.0] * 75)) == pytest.approx(inside)


def test_ties_make_fewer_bins_rather_than_thin_ones() -> None:
    # nineteen in twenty are 1: every quantile but none lies there, so there are two bins
    champion = Sketch.of([1.0] * 950 + [2.0, 3.0, 4.0, 5.0, 6.0] * 10)
    candidate = Sketch.of([1.0] * 950 + [2.0] * 50)

    assert score_shift(champion, candidate) == pytest.approx(0.0)


@pytest.mark.parametrize("candidate", [[0.0] * 500, [3.0] * 500, [0.0, 1.0] * 250, [9.0] * 500])
def test_a_champion_that_nearly_always_answers_its_highest_shows_the_shift(
    candidate: list[float],
) -> None:
    champion = Sketch.of([0.0] * 10 + [1.0] * 30 + [7.0] * 960)
    assert score_shift(champion, Sketch.of(candidate)) > 1  # type: ignore[operator] # not None
    assert score_shift(champion, champion) == 0


@pytest.mark.parametrize("candidate", [[7.0], [7.0] * 90, [1.0, 2.0]])
def test_a_champion_with_one_answer_shows_no_shift(candidate: list[float]) -> None:
    assert score_shift(Sketch.of([7.0] * 100), Sketch.of(candidate)) is None


@pytest.mark.parametrize(("champion", "candidate"), [([], []), ([], [1.0]), ([1.0, 2.0], [])])
def test_nothing_counted_shows_no_shift(champion: list[float], candidate: list[float]) -> None:
    assert score_shift(Sketch.of(champion), Sketch.of(candidate)) is None
    assert chance_shift(Sketch.of(champion), Sketch.of(candidate)) == math.inf


def test_a_handful_of_scores_has_a_finite_shift() -> None:
    found = score_shift(Sketch.of([1.0, 2.0]), Sketch.of([2.0]))

    assert found is not None
    assert 0 < found < 1


@pytest.mark.parametrize(("bins", "quantile"), [(1, 6.63), (4, 13.28), (9, 21.67)])
def test_chance_is_the_chi_squared_quantile_over_the_counts(bins: int, quantile: float) -> None:
    scores = Sketch.of([2.0**step for step in range(bins + 1)] * 100)
    found = chance_shift(scores, scores)

    assert found * scores.total / 2 == pytest.approx(quantile, rel=0.02)


@pytest.mark.parametrize("size", [50, 200])
def test_equally_distributed_scores_seldom_exceed_chance(size: int) -> None:
    rng = random.Random(7)
    exceeded = 0
    for _ in range(200):
        champion = Sketch.of(rng.lognormvariate(-6, 1) for _ in range(size))
        candidate = Sketch.of(rng.lognormvariate(-6, 1) for _ in range(size))
        shift = score_shift(champion, candidate)
        exceeded += shift is not None and shift > chance_shift(champion, candidate)

    assert exceeded <= 10
