from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windlass.domain.names import Digest
from windlass.serving.split import Counter, salt_of, takes_entity

ONE = salt_of(Digest("sha256:" + "1" * 64))
OTHER = salt_of(Digest("sha256:" + "2" * 64))
KEYS = [str(number).encode() for number in range(2000)]


@given(weight=st.integers(0, 100), seed=st.integers(), requests=st.integers(1, 400))
def test_after_any_number_of_requests_the_share_is_exact(
    weight: int, seed: int, requests: int
) -> None:
    counter = Counter(Random(seed).random)

    count = 0
    for number in range(1, requests + 1):
        count += counter.takes_next(weight)
        assert abs(number * weight / 100 - count) < 1


@given(weights=st.lists(st.integers(0, 100), min_size=2, max_size=6), seed=st.integers())
def test_a_new_weight_starts_a_new_exact_count(weights: list[int], seed: int) -> None:
    counter = Counter(Random(seed).random)

    for weight in weights:
        counter.takes_next(0)
        assert sum(counter.takes_next(weight) for _ in range(100)) == weight


def test_no_place_in_a_rhythm_of_traffic_is_favoured() -> None:
    counter = Counter(Random(1).random)

    taken = [counter.takes_next(50) for _ in range(4000)]

    assert 800 < sum(taken[::2]) < 1200


def test_entities_are_spread_by_weight() -> None:
    assert 550 < sum(takes_entity(ONE, key, 30) for key in KEYS) < 650


def test_a_higher_weight_only_adds_entities() -> None:
    groups = [{key for key in KEYS if takes_entity(ONE, key, weight)} for weight in (10, 50, 90)]

    assert groups[0] < groups[1] < groups[2]


def test_another_candidate_gets_other_entities() -> None:
    ours = {key for key in KEYS if takes_entity(ONE, key, 50)}
    theirs = {key for key in KEYS if takes_entity(OTHER, key, 50)}

    assert 400 < len(ours & theirs) < 600


@pytest.mark.parametrize(("weight", "takes"), [(0, False), (100, True)])
def test_none_and_all_are_exact_for_entities(weight: int, takes: bool) -> None:
    assert {takes_entity(ONE, key, weight) for key in KEYS} == {takes}
