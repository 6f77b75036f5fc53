"""What an Event is called."""

from datetime import UTC, datetime, timedelta

import pytest

from windlass.adapters.kubernetes_events import _event_name

AT = datetime(2026, 11, 23, 0, 58, 17, 18288, tzinfo=UTC)


def test_events_of_one_second_stand_in_order_by_name() -> None:
    names = [_event_name("better", AT + timedelta(microseconds=n)) for n in (0, 1, 655383, 900000)]
    assert names == sorted(names)
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("name", ["p", "a" * 253, "a" * 229 + "-b", "a" * 229 + ".b"])
def test_the_longest_name_of_a_promotion_leaves_one_that_kubernetes_takes(name: str) -> None:
    found = _event_name(name, AT)
    assert len(found) <= 253
    assert "-." not in found
    assert ".." not in found
