"""`/predict` requests of this pipeline, read into the model's features.

Two forms are understood. A record is one reading with the machine's recent past, rows named as in
the files; whatever of the past is left out makes its features unknown, which costs accuracy::

    {"machineID": 1, "datetime": "2015-03-05 06:00:00",
     "volt": 176.2, "rotate": 418.5, "pressure": 113.1, "vibration": 45.1,
     "model": "model3", "age": 18,
     "history": {"telemetry":   [{"datetime": ..., "volt": ..., ...}],      the last 24 hours
                 "errors":      [{"datetime": ..., "errorID": "error1"}],   the last 48 hours
                 "maintenance": [{"datetime": ..., "comp": "comp2"}],       the last of each comp
                 "failures":    [{"datetime": ..., "failure": "comp2"}]}}   the last of each comp

Ready features name every feature of the model, `null` for an unknown one::

    {"features": {"volt": 176.2, ...}}
"""

import difflib
import math
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

import numpy as np

from windlass.pipelines.contract import InvalidRequest
from windlass.pipelines.json_values import Fields, fields_of, number, required
from windlass.pipelines.predictive_maintenance.features import (
    COMPONENTS,
    ERRORS,
    NAMES,
    SENSORS,
    Floats,
    History,
    Seconds,
    features_at,
)

MAX_ROWS = 10_000
"""Rows a list of the history may have; a day of telemetry has 24."""

_RECORD = ("machineID", "datetime", *SENSORS, "model", "age", "history")
_HISTORY = ("telemetry", "errors", "maintenance", "failures")
_KNOWN_NAMES = frozenset(NAMES)


def features_of(payload: Fields) -> Floats:
    """Feature row of a request; InvalidRequest names the field that is missing or wrong."""
    if "features" in payload:
        return _ready(payload)
    _only(payload, _RECORD, "")
    moment = _moment(payload, "")
    history = _history(payload, moment)
    row: Floats = features_at(history, np.array([moment], dtype=np.int64))[0]
    return row


def _ready(payload: Fields) -> Floats:
    _only(payload, ("features",), "")
    given = fields_of(payload["features"], "features")
    if not given.keys() <= _KNOWN_NAMES:
        _only(given, NAMES, "features.")
    return np.array([_feature(given, name) for name in NAMES])


def _feature(given: Fields, name: str) -> float:
    if name not in given:
        raise InvalidRequest(f"features.{name}", "is missing; give null where it is unknown")
    value = given[name]
    return math.nan if value is None else number(value, f"features.{name}")


def _history(record: Fields, moment: int) -> History:
    machine = required(record, "machineID", "")
    if not isinstance(machine, int) or isinstance(machine, bool):
        raise InvalidRequest("machineID", "must be a whole number")
    model, age = record.get("model"), record.get("age")
    if model is not None and not isinstance(model, str):
        raise InvalidRequest("model", "must be a text like model3")
    past = fields_of({} if record.get("history") is None else record["history"], "history")
    _only(past, _HISTORY, "history.")
    readings = {moment: _reading(record, "")}
    for place, row in _rows(past, "telemetry", SENSORS, machine):
        readings.setdefault(_moment(row, place), _reading(row, place))
    times = sorted(readings)
    return History(
        machine=machine,
        model=model,
        age=math.nan if age is None else number(age, "age"),
        times=np.array(times, dtype=np.int64),
        readings=np.array([readings[time] for time in times]),
        errors=_events(past, "errors", ("errorID", ERRORS), machine),
        maintenance=_events(past, "maintenance", ("comp", COMPONENTS), machine),
        failures=_events(past, "failures", ("failure", COMPONENTS), machine),
    )


def _reading(row: Fields, place: str) -> list[float]:
    return [number(required(row, sensor, place), place + sensor) for sensor in SENSORS]


def _events(
    past: Fields, name: str, kind: tuple[str, Sequence[str]], machine: int
) -> dict[str, Seconds]:
    column, choices = kind
    times: dict[str, list[int]] = {choice: [] for choice in choices}
    for place, row in _rows(past, name, (column,), machine):
        choice = required(row, column, place)
        if not isinstance(choice, str) or choice not in times:
            raise InvalidRequest(place + column, f"must be one of {', '.join(choices)}")
        times[choice].append(_moment(row, place))
    return {choice: np.array(sorted(found), dtype=np.int64) for choice, found in times.items()}


def _rows(
    past: Fields, name: str, columns: Iterable[str], machine: int
) -> Iterable[tuple[str, Fields]]:
    """Rows of one list of the history, each with its place for messages."""
    rows = past.get(name)
    if rows is None:
        return
    if not isinstance(rows, list | tuple):
        raise InvalidRequest(f"history.{name}", "must be a list of objects")
    if len(rows) > MAX_ROWS:
        raise InvalidRequest(
            f"history.{name}", f"has {len(rows)} rows; at most {MAX_ROWS} are read"
        )
    known = ("machineID", "datetime", *columns)
    for index, value in enumerate(rows):
        place = f"history.{name}[{index}]"
        row = fields_of(value, place)
        _only(row, known, place + ".")
        if row.get("machineID", machine) != machine:
            raise InvalidRequest(f"{place}.machineID", f"must be {machine}, as the record's is")
        yield place + ".", row


def _moment(row: Fields, place: str) -> int:
    text = required(row, "datetime", place)
    try:
        moment = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        moment = None
    if moment is None:
        raise InvalidRequest(place + "datetime", "must be a time like 2015-01-01 06:00:00")
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def _only(given: Fields, known: Sequence[str], place: str) -> None:
    if given.keys() <= set(known):
        return
    for name in given:
        if name not in known:
            close = difflib.get_close_matches(str(name), known, n=1)
            guess = f"; did you mean {close[0]}?" if close else f"; known are {', '.join(known)}"
            raise InvalidRequest(f"{place}{name}", f"is not known{guess}")
