"""When an alert is due."""

from windlass.services.eta.alerts import Drought


def alarms(predicted: list[int], threshold: int) -> list[bool]:
    drought, found = Drought(), []
    for count in predicted:
        drought = drought.after(count)
        found.append(drought.is_alarming(threshold))
    return found


def test_an_alert_is_due_once_per_row() -> None:
    assert alarms([0, 0, 0, 0, 0], 3) == [False, False, True, False, False]


def test_a_prediction_begins_a_new_row() -> None:
    assert alarms([0, 0, 5, 0, 0, 0], 3) == [False, False, False, False, False, True]


def test_none_wanted_none_due() -> None:
    assert alarms([0, 0, 0], 0) == [False, False, False]
