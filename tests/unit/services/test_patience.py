import pytest

from windlass.domain.errors import InputError, SystemUnavailable
from windlass.services import patience
from windlass.services.patience import patiently


class Starting:
    """A system that answers after some tries."""

    def __init__(self, *faults: str) -> None:
        self.faults = list(faults)

    def __call__(self) -> str:
        if self.faults:
            raise SystemUnavailable("Prefect", self.faults.pop(0))
        return "ready"


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "_PAUSE", 0.0)


def test_it_waits_and_tells_each_reason_once() -> None:
    told: list[str] = []
    assert patiently(Starting("refused", "refused", "starting"), 60, told.append) == "ready"
    assert told == ["waiting: Prefect: refused", "waiting: Prefect: starting"]


def test_the_last_fault_ends_it_when_the_time_is_up() -> None:
    with pytest.raises(SystemUnavailable, match="refused"):
        patiently(Starting("refused", "other"), 0, lambda _: None)


def test_what_waiting_does_not_mend_is_not_waited_for() -> None:
    def wrong() -> None:
        raise InputError("the password is wrong")

    with pytest.raises(InputError):
        patiently(wrong, 60, lambda _: None)
