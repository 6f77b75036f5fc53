"""Shards share all vehicles, and turns come round."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windlass.domain.errors import InputError
from windlass.services.eta.sharing import Shard, own, turn

NAMES = st.lists(st.text(), unique=True)


@given(NAMES, st.integers(1, 7))
def test_each_vehicle_has_one_shard(vehicles: list[str], count: int) -> None:
    parts = [own(vehicles, Shard(index, count)) for index in range(count)]
    assert sorted(name for part in parts for name in part) == sorted(vehicles)


def test_a_vehicle_keeps_its_shard_in_every_process() -> None:
    vehicles = [f"G-{number}" for number in range(10)]
    assert [[Shard(i, 3).has(v) for i in range(3)].index(True) for v in vehicles] == [
        0, 0, 2, 0, 2, 1, 0, 0, 0, 2,
    ]  # fmt: skip


def test_shards_are_about_even() -> None:
    vehicles = [f"bus-{number:05}" for number in range(5000)]
    sizes = [len(own(vehicles, Shard(index, 4))) for index in range(4)]
    assert min(sizes) > 1150


@pytest.mark.parametrize(("index", "count"), [(1, 1), (-1, 2), (0, 0), (3, 2)])
def test_a_share_that_nobody_can_have_is_refused(index: int, count: int) -> None:
    with pytest.raises(InputError, match=f"shard {index} of {count}"):
        Shard(index, count)


def test_all_have_their_turn_when_there_are_few() -> None:
    assert list(turn(["a", "b"], 2, "a")) == ["a", "b"]
    assert list(turn(["a", "b"], 0, "a")) == ["a", "b"]
    assert list(turn([], 2, "a")) == []


def test_turns_come_round() -> None:
    vehicles = ["a", "b", "c", "d", "e"]
    assert list(turn(vehicles, 2, "")) == ["a", "b"]
    assert list(turn(vehicles, 2, "b")) == ["c", "d"]
    assert list(turn(vehicles, 2, "d")) == ["e", "a"]


def test_a_vehicle_that_left_takes_no_turn_from_others() -> None:
    assert list(turn(["a", "c", "d"], 2, "b")) == ["c", "d"]


@given(st.lists(st.text(), unique=True, min_size=1), st.integers(1, 5))
def test_nobody_waits_longer_than_one_round(vehicles: list[str], most: int) -> None:
    names, seen, after = sorted(vehicles), set[str](), ""
    for _ in range(-(-len(names) // most)):
        found = turn(names, most, after)
        seen.update(found)
        after = found[-1]
    assert seen == set(names)
