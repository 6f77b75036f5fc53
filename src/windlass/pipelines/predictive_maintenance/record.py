"""`/predict` records out of known histories: for examples, golden requests and parity tests."""

from datetime import UTC, datetime

from windlass.pipelines.predictive_maintenance.features import (
    DAY,
    HOUR,
    RECENT,
    SENSORS,
    History,
    Seconds,
)


def record_at(history: History, moment: int) -> dict[str, object]:
    """The record that a client would send at `moment`, a time of the telemetry.

    It carries as little of the past as gives the same features: a day of telemetry, two days of
    errors, the last maintenance and failure of each component.
    """
    row = int(history.times.searchsorted(moment))
    since = int(history.times.searchsorted(moment - DAY * HOUR, side="right"))
    recent_errors = {
        name: times[times > moment - RECENT * HOUR] for name, times in history.errors.items()
    }
    return {
        "machineID": history.machine,
        **_reading(history, row),
        "model": history.model,
        "age": None if history.age != history.age else history.age,
        "history": {
            "telemetry": [_reading(history, earlier) for earlier in range(since, row)],
            "errors": _events(recent_errors, "errorID", moment, keep=DAY * RECENT),
            "maintenance": _events(dict(history.maintenance), "comp", moment, keep=1),
            "failures": _events(dict(history.failures), "failure", moment, keep=1),
        },
    }


def time_text(seconds: int) -> str:
    """A time as the files write it."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _reading(history: History, row: int) -> dict[str, object]:
    values = (float(value) for value in history.readings[row])
    return {
        "datetime": time_text(int(history.times[row])),
        **dict(zip(SENSORS, values, strict=True)),
    }


def _events(
    events: dict[str, Seconds], column: str, moment: int, *, keep: int
) -> list[dict[str, object]]:
    found = [
        (int(time), name)
        for name, times in events.items()
        for time in times[times <= moment][-keep:]
    ]
    return [{"datetime": time_text(time), column: name} for time, name in sorted(found)]
