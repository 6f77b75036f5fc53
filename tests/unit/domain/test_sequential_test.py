"""The sequential test: known values, and how often it errs."""

import math
import random

import pytest

from windlass.domain.promotion.canary import sequential_test
from windlass.domain.promotion.gates import Verdict

PASSED, FAILED, INCONCLUSIVE = Verdict.PASSED, Verdict.FAILED, Verdict.INCONCLUSIVE


@pytest.mark.parametrize(
    ("bad", "total", "limit", "least", "verdict"),
    [
        (0, 0, 0.01, 50, INCONCLUSIVE),
        (0, 49, 0.01, 50, INCONCLUSIVE),
        (0, 50, 0.01, 50, PASSED),
        (1, 1, 0.01, 50, INCONCLUSIVE),
        (2, 2, 0.01, 50, FAILED),
        (2, 5, 0.01, 50, FAILED),
        (1, 50, 0.01, 50, INCONCLUSIVE),
        (1, 200, 0.01, 50, PASSED),
        (50, 50, 0.01, 50, FAILED),
        (1, 1, 0.0, 50, FAILED),
        (0, 50, 0.0, 50, PASSED),
        (50, 50, 1.0, 50, PASSED),
        (49, 49, 1.0, 50, INCONCLUSIVE),
        (0, 1, 0.01, 1, PASSED),
        (1, 1, 0.01, 1, FAILED),
        (0, 0, 0.5, 1, INCONCLUSIVE),
        # beyond the limit, though within what 50 requests can tell
        (20, 1_000, 0.01, 50, INCONCLUSIVE),
        (10, 1_000, 0.01, 50, PASSED),
        # so many that chance does not explain it
        (250, 10_000, 0.01, 50, FAILED),
        (3_000, 110_000, 0.01, 50, FAILED),
        # none at all means none
        (1, 1_000_000, 0.0, 50, FAILED),
    ],
)
def test_known_values(bad: int, total: int, limit: float, least: int, verdict: Verdict) -> None:
    assert sequential_test(bad, total, limit, least) is verdict


@pytest.mark.parametrize("limit", [0.0, 1e-6, 0.001, 0.01, 0.1, 0.5, 0.99, 1.0])
@pytest.mark.parametrize("least", [1, 2, 20, 50, 1_000, 10**6, 10**9])
def test_a_clean_candidate_passes_at_min_requests_and_never_before(
    limit: float, least: int
) -> None:
    assert sequential_test(0, least, limit, least) is PASSED
    assert sequential_test(0, least - 1, limit, least) is INCONCLUSIVE


def test_the_bounds_are_those_of_wald() -> None:
    # with p0 = 1 % and 50 requests p1 is 6.66 %: the ratio of two errors in n requests falls by
    # log((1 - p1) / (1 - p0)) each, so it stays above log(19) up to the 16th request
    p1 = 1 - 0.99 * (0.05 / 0.95) ** (1 / 50)
    gain, loss = math.log(p1 / 0.01), math.log((1 - p1) / 0.99)
    last = max(n for n in range(2, 100) if 2 * gain + (n - 2) * loss >= math.log(19))

    assert sequential_test(2, last, 0.01, 50) is FAILED
    assert sequential_test(2, last + 1, 0.01, 50) is INCONCLUSIVE


def first_verdict(share: float, limit: float, least: int, rng: random.Random) -> Verdict:
    bad = 0
    for total in range(1, 20_000):
        bad += rng.random() < share
        verdict = sequential_test(bad, total, limit, least)
        if verdict is not INCONCLUSIVE:
            return verdict
    return INCONCLUSIVE


@pytest.mark.parametrize(("limit", "least"), [(0.01, 50), (0.05, 100), (0.01, 20)])
def test_a_candidate_at_its_limit_fails_in_one_case_of_twenty(limit: float, least: int) -> None:
    rng = random.Random(11)
    runs = [first_verdict(limit, limit, least, rng) for _ in range(400)]

    assert runs.count(FAILED) / len(runs) <= 0.07


@pytest.mark.parametrize(("limit", "least"), [(0.01, 50), (0.05, 100), (0.01, 20)])
def test_a_candidate_clearly_beyond_it_passes_in_one_case_of_twenty(
    limit: float, least: int
) -> None:
    rng = random.Random(12)
    p1 = 1 - (1 - limit) * (0.05 / 0.95) ** (1 / least)
    runs = [first_verdict(p1, limit, least, rng) for _ in range(400)]

    assert runs.count(PASSED) / len(runs) <= 0.07


@pytest.mark.parametrize("limit", [0.0, 0.001, 0.01, 0.1, 0.5])
@pytest.mark.parametrize("total", [1, 50, 999, 10_000, 1_000_000])
def test_nothing_passes_beyond_its_limit(limit: float, total: int) -> None:
    beyond = math.floor(limit * total) + 1

    assert sequential_test(beyond, total, limit, 50) is not PASSED


def test_chance_alone_fails_nobody_in_a_long_soak() -> None:
    rng = random.Random(13)
    bad, failed = 0, 0
    for total in range(1, 200_001):
        bad += rng.random() < 0.01
        # an early verdict is the affair of Wald's test, which errs in one case of twenty
        failed += total > 1_000 and sequential_test(bad, total, 0.01, 10_000) is FAILED

    assert failed == 0


def test_a_hopeless_candidate_fails_after_a_few_requests() -> None:
    verdicts = [sequential_test(total, total, 0.01, 50) for total in range(1, 6)]

    assert verdicts == [INCONCLUSIVE, FAILED, FAILED, FAILED, FAILED]
