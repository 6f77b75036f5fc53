import numpy as np
import pytest

from windlass.pipelines.predictive_maintenance.features import NAMES
from windlass.pipelines.predictive_maintenance.shift import INPUTS, Normal

SENSORS = {
    "volt": [170.0, 10.0],
    "rotate": [450.0, 50.0],
    "pressure": [100.0, 10.0],
    "vibration": [40.0, 5.0],
}


def rows(**columns: list[float]) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    count = len(next(iter(columns.values())))
    made = np.full((count, len(NAMES)), np.nan, dtype=np.float32)
    for name, values in columns.items():
        made[:, NAMES.index(name)] = values
    return made


def test_the_most_unusual_sensor_counts_whatever_its_sign() -> None:
    made = rows(
        volt_mean_24h=[170.0, 180.0, np.nan, np.nan],
        rotate_mean_24h=[350.0, 460.0, np.nan, 500.0],
    )
    inputs = Normal.from_json(SENSORS).inputs(made)
    np.testing.assert_array_equal(inputs[:, -1], [2.0, 1.0, np.nan, 1.0])
    np.testing.assert_array_equal(inputs[:, :-1], made)
    assert inputs.shape[1] == len(INPUTS)


def test_normal_is_measured_on_known_readings() -> None:
    normal = Normal.of(rows(volt=[1.0, 3.0, np.nan], rotate=[7.0, 7.0, 7.0]))
    assert normal.as_json() == {
        "volt": [2.0, 1.0],
        "rotate": [7.0, 1.0],
        "pressure": [0.0, 1.0],
        "vibration": [0.0, 1.0],
    }


def test_it_survives_the_manifest_exactly() -> None:
    normal = Normal.of(rows(volt=[0.1, 0.7, 0.35]))
    again = Normal.from_json(normal.as_json())
    np.testing.assert_array_equal(again.mean, normal.mean)
    np.testing.assert_array_equal(again.deviation, normal.deviation)


@pytest.mark.parametrize(
    "sensors",
    [
        None,
        {},
        {**SENSORS, "volt": [1.0]},
        {**SENSORS, "volt": [1.0, 0.0]},
        {**SENSORS, "volt": [float("nan"), 1.0]},
        {**SENSORS, "volt": ["x", 1.0]},
        {**SENSORS, "smell": [1.0, 1.0]},
    ],
)
def test_anything_else_is_refused(sensors: object) -> None:
    with pytest.raises(ValueError, match=r"sensors|convert|inhomogeneous"):
        Normal.from_json(sensors)
