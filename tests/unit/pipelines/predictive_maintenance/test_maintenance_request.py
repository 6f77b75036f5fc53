import copy
import math
from typing import Any

import numpy as np
import pytest

from windlass.pipelines.contract import InvalidRequest
from windlass.pipelines.predictive_maintenance.features import NAMES
from windlass.pipelines.predictive_maintenance.request import features_of

RECORD: dict[str, Any] = {
    "machineID": 1,
    "datetime": "2015-03-05 06:00:00",
    "volt": 176.2,
    "rotate": 418.5,
    "pressure": 113.1,
    "vibration": 45.1,
    "model": "model3",
    "age": 18,
    "history": {
        "telemetry": [
            {
                "datetime": "2015-03-05 05:00:00",
                "volt": 170,
                "rotate": 450.0,
                "pressure": 100.0,
                "vibration": 40.0,
            }
        ],
        "errors": [{"datetime": "2015-03-04 06:00:00", "errorID": "error1"}],
        "maintenance": [{"datetime": "2014-06-01 06:00:00", "comp": "comp2", "machineID": 1}],
        "failures": [],
    },
}
READY: dict[str, Any] = {"features": dict.fromkeys(NAMES, 1.0)}


def named(payload: dict[str, Any]) -> dict[str, float]:
    return dict(zip(NAMES, features_of(payload).tolist(), strict=True))


def changed(payload: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    """Return a copy with a value changed, or removed where the value is `...`."""
    result = copy.deepcopy(payload)
    *way, last = path.split(".")
    place: Any = result
    for step in way:
        place = place[int(step)] if step.isdigit() else place[step]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return result


def test_a_record_gives_the_features_of_its_moment() -> None:
    found = named(RECORD)
    assert (found["volt"], found["volt_lag_1h"]) == (176.2, 170.0)
    assert found["hours_since_error1"] == 24.0
    assert found["error1_count_24h"] == 0.0
    assert found["hours_since_maintenance_comp2"] == 277 * 24.0
    assert (found["model3"], found["age"], found["hour_of_day"]) == (1.0, 18.0, 6.0)


def test_the_past_may_be_missing_and_stays_unknown() -> None:
    found = named(changed(RECORD, "history", ...))
    assert found["volt_mean_24h"] == 176.2
    assert math.isnan(found["volt_lag_1h"])
    assert named(changed(RECORD, "history", None)).keys() == found.keys()


def test_model_and_age_may_be_unknown() -> None:
    found = named(changed(changed(RECORD, "model", None), "age", ...))
    assert found["model3"] == 0.0
    assert math.isnan(found["age"])


def test_what_lies_after_the_record_is_not_looked_at() -> None:
    later = {"datetime": "2015-03-05 06:30:00", "errorID": "error2"}
    found = named(changed(RECORD, "history.errors", [later]))
    assert math.isnan(found["hours_since_error2"])


def test_rows_of_the_history_may_come_in_any_order_and_time_zone() -> None:
    row = RECORD["history"]["telemetry"][0]
    earlier = {**row, "datetime": "2015-03-05T05:00:00+01:00", "volt": 150.0}
    found = named(changed(RECORD, "history.telemetry", [row, earlier]))
    assert (found["volt_lag_1h"], found["volt_lag_2h"]) == (170.0, 150.0)


def test_ready_features_are_taken_as_they_are_and_null_is_unknown() -> None:
    found = named(changed(READY, "features.age", None))
    assert found["volt"] == 1.0
    assert math.isnan(found["age"])


@pytest.mark.parametrize(
    ("path", "value", "field", "message"),
    [
        ("machineID", ..., "machineID", "is missing"),
        ("machineID", True, "machineID", "must be a whole number"),
        ("machineID", "1", "machineID", "must be a whole number"),
        ("datetime", ..., "datetime", "is missing"),
        ("datetime", "soon", "datetime", "must be a time like 2015-01-01 06:00:00"),
        ("datetime", 5, "datetime", "must be a time like 2015-01-01 06:00:00"),
        ("volt", ..., "volt", "is missing"),
        ("volt", None, "volt", "must be a number, not None"),
        ("volt", "170", "volt", "must be a number, not '170'"),
        ("volt", True, "volt", "must be a number, not True"),
        ("volt", math.nan, "volt", "must be a finite number"),
        ("volt", -math.inf, "volt", "must be a finite number"),
        ("volt", 10**400, "volt", "must be a finite number"),
        ("model", 3, "model", "must be a text like model3"),
        ("age", "old", "age", "must be a number, not 'old'"),
        ("vibrations", 1, "vibrations", "is not known; did you mean vibration?"),
        ("history", [], "history", "must be an object"),
        ("history.errrors", [], "history.errrors", "is not known; did you mean errors?"),
        ("history.errors", {}, "history.errors", "must be a list of objects"),
        ("history.errors", [1], "history.errors[0]", "must be an object"),
        (
            "history.errors.0.errorID",
            "error9",
            "history.errors[0].errorID",
            "must be one of error1",
        ),
        ("history.errors.0.errorID", [], "history.errors[0].errorID", "must be one of error1"),
        ("history.errors.0.datetime", ..., "history.errors[0].datetime", "is missing"),
        ("history.telemetry.0.volt", ..., "history.telemetry[0].volt", "is missing"),
        ("history.maintenance.0.machineID", 2, "history.maintenance[0].machineID", "must be 1"),
        ("history.failures", [{}] * 10_001, "history.failures", "has 10001 rows; at most 10000"),
    ],
)
def test_a_wrong_record_is_refused_by_the_name_of_its_field(
    path: str, value: object, field: str, message: str
) -> None:
    with pytest.raises(InvalidRequest) as refused:
        features_of(changed(RECORD, path, value))
    assert refused.value.field == field
    assert refused.value.message.startswith(message)


@pytest.mark.parametrize(
    ("path", "value", "field", "message"),
    [
        ("features.age", ..., "features.age", "is missing; give null where it is unknown"),
        ("features.age", False, "features.age", "must be a number, not False"),
        ("features.age", math.inf, "features.age", "must be a finite number"),
        ("features.agee", 1.0, "features.agee", "is not known; did you mean age?"),
        ("features", [1.0], "features", "must be an object"),
        ("machine", 1, "machine", "is not known; known are features"),
    ],
)
def test_wrong_ready_features_are_refused_by_their_name(
    path: str, value: object, field: str, message: str
) -> None:
    with pytest.raises(InvalidRequest) as refused:
        features_of(changed(READY, path, value))
    assert (refused.value.field, refused.value.message) == (field, message)


def test_an_empty_request_says_what_is_missing() -> None:
    with pytest.raises(InvalidRequest) as refused:
        features_of({})
    assert str(refused.value) == "datetime: is missing"


def test_features_are_as_many_as_the_model_has() -> None:
    assert np.shape(features_of(RECORD)) == (len(NAMES),)
