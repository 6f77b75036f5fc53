"""What is remembered of predictions, and for how long."""

from windlass.services.eta.memory import Remembered, Stored


def test_a_prediction_from_the_same_snapshot_is_current() -> None:
    remembered = Remembered()
    remembered.predicted({"a": 7.0}, now=0, ttl=300)
    assert remembered.is_current("a", 7.0, now=299)
    assert not remembered.is_current("a", 8.0, now=1)
    assert not remembered.is_current("b", 7.0, now=1)


def test_it_is_forgotten_when_it_has_expired() -> None:
    remembered = Remembered()
    remembered.predicted({"a": 7.0}, now=0, ttl=300)
    assert not remembered.is_current("a", 7.0, now=300)


def test_redis_is_asked_once_per_vehicle() -> None:
    remembered = Remembered()
    assert remembered.unknown(["a", "b", "c"]) == ["a", "b", "c"]
    remembered.learn("a", Stored(7.0, age=0), now=0, ttl=300)
    remembered.learn("b", None, now=0, ttl=300)
    remembered.predicted({"c": 7.0}, now=0, ttl=300)
    assert remembered.unknown(["a", "b", "c"]) == []
    assert remembered.is_current("a", 7.0, now=1)
    assert not remembered.is_current("b", 7.0, now=1)


def test_a_vehicle_that_comes_back_is_asked_for_again() -> None:
    remembered = Remembered()
    remembered.predicted({"a": 7.0}, now=0, ttl=300)
    remembered.predicted({"b": 7.0}, now=0, ttl=300)
    remembered.keep_only(frozenset({"b"}), now=1)
    assert remembered.unknown(["a", "b"]) == ["a"]
    assert remembered.is_current("a", 7.0, now=2)
    remembered.keep_only(frozenset({"b"}), now=301)
    assert remembered.times(now=2) is not None


def test_after_a_swap_all_is_predicted_anew_without_asking() -> None:
    remembered = Remembered()
    remembered.predicted({"a": 7.0}, now=0, ttl=300)
    remembered.outdate()
    assert not remembered.is_current("a", 7.0, now=1)
    assert remembered.unknown(["a"]) == []


def test_times_are_those_of_predictions_that_have_not_expired() -> None:
    remembered = Remembered()
    assert remembered.times(now=0) is None
    remembered.predicted({"a": 7.0}, now=10, ttl=20)
    remembered.predicted({"b": 7.0}, now=15, ttl=20)
    assert remembered.times(now=20) == (15, 10)
    assert remembered.times(now=31) == (15, 15)
    assert remembered.times(now=36) is None


def test_a_stored_prediction_lasts_as_long_as_redis_keeps_it() -> None:
    remembered = Remembered()
    remembered.learn("a", Stored(7.0, age=295), now=1000, ttl=300)
    assert remembered.is_current("a", 7.0, now=1004)
    assert not remembered.is_current("a", 7.0, now=1005)
    assert remembered.times(now=1000) == (705, 705)


def test_what_redis_no_longer_has_is_predicted_again() -> None:
    remembered = Remembered()
    remembered.predicted({"a": 7.0, "b": 7.0}, now=0, ttl=300)
    remembered.doubt()
    assert remembered.unknown(["a", "b"]) == ["a", "b"]
    remembered.learn("a", None, now=1, ttl=300)
    assert not remembered.is_current("a", 7.0, now=2)
