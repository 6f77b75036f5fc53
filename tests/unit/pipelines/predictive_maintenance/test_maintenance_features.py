from dataclasses import replace

import numpy as np
import pytest

from windlass.pipelines.predictive_maintenance.features import (
    HOUR,
    NAMES,
    History,
    Window,
    features_at,
    labels_at,
)
from windlass.pipelines.predictive_maintenance.synthetic import Plant, synthetic_histories

START = 1_420_070_400  # 2015-01-01 00:00 UTC


def at(hour: float) -> int:
    return START + int(hour * HOUR)


def hours(*wanted: float) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array([at(hour) for hour in wanted], dtype=np.int64)


def history(present: list[int], **changes: object) -> History:
    """A machine whose sensors read hour, 10 * hour, 100 * hour and 1000 * hour."""
    readings = np.outer(np.array(present, dtype=float), [1.0, 10.0, 100.0, 1000.0])
    made = History(machine=1, model="model3", age=18.0, times=hours(*present), readings=readings)
    return replace(made, **changes)  # type: ignore[arg-type]  # names are checked by replace


def features(machine: History, hour: float) -> dict[str, float]:
    return dict(zip(NAMES, features_at(machine, hours(hour))[0].tolist(), strict=True))


def test_readings_of_the_moment_and_the_hours_before_stand_beside_each_other() -> None:
    found = features(history(list(range(30))), 29)
    assert [found[name] for name in ("volt", "volt_lag_1h", "volt_lag_2h", "volt_lag_3h")] == [
        29.0,
        28.0,
        27.0,
        26.0,
    ]
    assert found["vibration_lag_1h"] == 28_000.0


def test_means_and_deviations_cover_exactly_their_hours() -> None:
    found = features(history(list(range(30))), 29)
    assert found["volt_mean_3h"] == 28.0
    assert found["rotate_deviation_3h"] == 10.0
    assert found["volt_mean_24h"] == sum(range(6, 30)) / 24
    assert found["volt_deviation_24h"] == pytest.approx(np.std(np.arange(6, 30), ddof=1))


def test_a_gap_makes_values_unknown_and_does_not_reach_further_back() -> None:
    found = features(history([0, 1, 2, 3, 26, 29]), 29)
    assert np.isnan(found["volt_lag_1h"])
    assert found["volt_lag_3h"] == 26.0
    assert found["volt_mean_3h"] == 29.0
    assert np.isnan(found["volt_deviation_3h"])
    assert found["volt_mean_24h"] == 27.5


def test_a_sensor_that_was_silent_is_left_out_of_its_means() -> None:
    machine = history(list(range(4)))
    machine.readings[2, 0] = np.nan
    found = features(machine, 3)
    assert found["volt_mean_3h"] == 2.0
    assert found["rotate_mean_3h"] == 20.0


def test_a_machine_without_any_past_has_unknown_features_and_no_errors() -> None:
    found = features(History(machine=1), 5)
    unknown = {name for name, value in found.items() if np.isnan(value)}
    assert {"volt", "volt_mean_24h", "hours_since_error1", "age"} <= unknown
    assert found["error1_count_24h"] == 0.0
    assert found["hour_of_day"] == 5.0


def test_errors_count_for_a_day_and_are_recent_for_two() -> None:
    machine = history([60], errors={"error1": hours(1, 36, 36.5, 60), "error2": hours(30)})
    found = features(machine, 60)
    assert found["error1_count_24h"] == 2.0
    assert found["hours_since_error1"] == 0.0
    assert found["hours_since_error2"] == 30.0
    assert found["any_error_count_24h"] == 2.0
    assert found["hours_since_any_error"] == 0.0
    assert np.isnan(features(machine, 108)["hours_since_error1"])


def test_maintenance_and_failures_of_each_component_are_remembered_however_old() -> None:
    machine = history(
        [500], maintenance={"comp1": hours(-1000, 490)}, failures={"comp2": hours(20, 501)}
    )
    found = features(machine, 500)
    assert found["hours_since_maintenance_comp1"] == 10.0
    assert found["hours_since_failure_comp2"] == 480.0
    assert np.isnan(found["hours_since_failure_comp1"])


@pytest.mark.parametrize(("model", "expected"), [("model3", 1.0), ("model9", 0.0), (None, 0.0)])
def test_the_machines_model_is_one_hot_and_an_unknown_one_is_none(
    model: str | None, expected: float
) -> None:
    found = features(history([0], model=model), 0)
    assert sum(found[name] for name in ("model1", "model2", "model3", "model4")) == expected


def test_no_feature_changes_when_the_future_is_cut_off() -> None:
    plant = Plant(machines=2, days=12, failures_per_month=20, seed=3)
    for machine in synthetic_histories(plant):
        everything = features_at(machine, machine.times)
        for row in range(0, len(machine.times), 7):
            moment = machine.times[row]
            known = replace(
                machine,
                times=machine.times[: row + 1],
                readings=machine.readings[: row + 1],
                errors={name: t[t <= moment] for name, t in machine.errors.items()},
                maintenance={name: t[t <= moment] for name, t in machine.maintenance.items()},
                failures={name: t[t <= moment] for name, t in machine.failures.items()},
            )
            truncated = features_at(known, machine.times[row : row + 1])[0]
            np.testing.assert_array_equal(truncated, everything[row])


@pytest.mark.parametrize(
    ("window", "positive"),
    [
        (Window(gap=4, horizon=2), [14, 15]),
        (Window(gap=0, horizon=3), [17, 18, 19]),
        (Window(gap=0, horizon=24), list(range(20))),
    ],
)
def test_the_label_is_a_failure_after_the_gap_and_up_to_the_horizons_end(
    window: Window, positive: list[int]
) -> None:
    machine = history([0], failures={"comp1": hours(20), "comp3": hours(20)})
    labels = labels_at(machine, hours(*range(24)), window)
    assert np.flatnonzero(labels).tolist() == positive


def test_names_are_unique_and_as_many_as_columns() -> None:
    assert len(set(NAMES)) == len(NAMES) == features_at(history([0]), hours(0)).shape[1]
