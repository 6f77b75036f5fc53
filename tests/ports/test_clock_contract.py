"""What every clock does."""

from datetime import UTC, timedelta

import pytest

from windlass.adapters.memory.clock import MemoryClock
from windlass.adapters.system_clock import SystemClock
from windlass.ports.clock import Clock


@pytest.mark.parametrize("clock", [MemoryClock(), SystemClock()], ids=["memory", "system"])
def test_time_is_in_utc_and_never_goes_back(clock: Clock) -> None:
    before, after = clock.now(), clock.now()
    assert before.tzinfo is UTC
    assert after >= before


def test_the_twin_moves_only_when_it_is_moved() -> None:
    clock = MemoryClock()
    before = clock.now()
    clock.advance(timedelta(seconds=5))
    assert clock.now() - before == timedelta(seconds=5)
