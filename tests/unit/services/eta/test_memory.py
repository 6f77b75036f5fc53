"""What is remembered of predictions, and for how long."""

from windlass.services.eta.memory import Remembered


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
    remembered.learn("a", 7.0, now=0, ttl=300)
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
