from collections.abc import Callable

import pytest

from windlass.adapters.memory.faults import Call, Faults, Killed, Kind, PlannedFault
from windlass.domain.errors import InputError, SystemUnavailable


class Box:
    """A twin of the smallest kind: what is put can be looked at."""

    def __init__(self, faults: Faults, port: str = "box") -> None:
        self.content: list[int] = []
        self._faults = faults
        self._port = port

    def look(self) -> int:
        with self._faults.call(f"{self._port}.look"):
            return len(self.content)

    def put(self, item: int) -> None:
        with self._faults.call(f"{self._port}.put", write=True):
            if item < 0:
                raise InputError("only what is there can be put")
            self.content.append(item)


def test_without_a_plan_everything_is_done_and_written_down() -> None:
    faults = Faults()
    box = Box(faults)

    box.put(1)
    box.look()

    assert faults.log == [Call("box", "put", True), Call("box", "look", False)]
    assert faults.writes == (Call("box", "put", True),)


def test_a_kill_comes_after_the_nth_write_has_happened() -> None:
    faults = Faults(PlannedFault(kind=Kind.KILL, at=2))
    box = Box(faults)
    box.put(1)
    box.look()

    with pytest.raises(Killed):
        box.put(2)
    box.put(3)

    assert box.content == [1, 2, 3]
    assert len(faults.writes) == 3


def test_a_kill_is_no_exception_that_code_could_catch() -> None:
    assert not issubclass(Killed, Exception)


def test_a_write_that_was_refused_does_not_count_for_a_kill() -> None:
    faults = Faults(PlannedFault(kind=Kind.KILL, at=1))
    box = Box(faults)

    with pytest.raises(InputError):
        box.put(-1)

    assert faults.writes == ()
    with pytest.raises(Killed):
        box.put(1)


def test_a_failing_call_has_no_effect_and_the_next_one_has() -> None:
    faults = Faults(PlannedFault(kind=Kind.FAIL, at=2))
    box = Box(faults)
    box.look()

    with pytest.raises(SystemUnavailable, match=r"box\.put: did not answer"):
        box.put(1)
    box.put(2)

    assert box.content == [2]
    assert faults.writes == (Call("box", "put", True),)


def test_a_late_answer_has_its_effect() -> None:
    faults = Faults(PlannedFault(kind=Kind.LATE))
    box = Box(faults)

    with pytest.raises(SystemUnavailable, match="too late"):
        box.put(1)

    assert box.content == [1]
    assert faults.writes == (Call("box", "put", True),)


@pytest.mark.parametrize(
    ("target", "failing"),
    [("", [1]), ("box", [2]), ("box.put", [3]), ("other", []), ("bo", []), ("boxes", [])],
)
def test_only_calls_of_the_target_count(target: str, failing: list[int]) -> None:
    faults = Faults(PlannedFault(kind=Kind.FAIL, at=2, target=target))
    box, other = Box(faults), Box(faults, "other")
    failed = []

    acts: tuple[Callable[[], object], ...] = (
        box.look,
        other.look,
        lambda: box.put(1),
        lambda: box.put(2),
    )
    for number, act in enumerate(acts):
        try:
            act()
        except SystemUnavailable:
            failed.append(number)

    assert failed == failing


def test_an_outage_lasts_from_its_call_until_it_is_lifted() -> None:
    faults = Faults(PlannedFault(kind=Kind.OUTAGE, at=2, target="box"))
    box, other = Box(faults), Box(faults, "other")
    box.put(1)

    for _ in range(3):
        with pytest.raises(SystemUnavailable):
            box.put(2)
    other.put(1)
    faults.lift()
    box.put(3)

    assert box.content == [1, 3]


def test_a_test_can_begin_an_outage_itself() -> None:
    faults = Faults()
    box = Box(faults)

    faults.outage("box")

    with pytest.raises(SystemUnavailable):
        box.look()
