import json

import numpy as np
import pandas as pd
import pytest

from tests.support import agency
from windlass.domain.errors import InputError
from windlass.pipelines.transit_eta.data import FILE, Dataset, read_dataset
from windlass.pipelines.transit_eta.holdout import rows_to_judge
from windlass.pipelines.transit_eta.params import Parameters
from windlass.pipelines.transit_eta.synthetic import synthetic_frame
from windlass.pipelines.transit_eta.writing import parquet_of, to_parquet


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return synthetic_frame(agency.AGENCY)


def read(frame: pd.DataFrame) -> Dataset:
    return read_dataset({FILE: to_parquet(frame)}, Parameters())


def with_cell(frame: pd.DataFrame, column: str, value: object) -> pd.DataFrame:
    cells = frame[column].astype(object)
    cells.iloc[3] = value
    return frame.assign(**{column: cells.astype("str") if isinstance(value, str) else cells})


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("vp_lat", 91.0),
        ("vp_ts", "yesterday"),
        ("stop_sequence", 1.5),
        ("trip_id", None),
        ("time_to_arrival_seconds", -1.0),
        ("current_speed_kmh", -5.0),
    ],
)
def test_a_bad_row_is_set_aside_with_its_place(
    frame: pd.DataFrame, column: str, value: object
) -> None:
    report = read(with_cell(frame, column, value)).report
    assert [(bad.row, bad.column) for bad in report.bad] == [(5, column)]
    assert f"row 5, column {column}" in report.lines()[1]
    assert json.dumps(report.as_json())


@pytest.mark.parametrize("column", ["vp_bearing", "current_speed_kmh"])
def test_what_a_vehicle_need_not_say_may_be_missing(frame: pd.DataFrame, column: str) -> None:
    assert read(with_cell(frame, column, None)).report.bad == ()
    assert read(frame.drop(columns=column)).report.kept == len(frame)


def test_a_missing_column_or_file_is_named(frame: pd.DataFrame) -> None:
    with pytest.raises(InputError, match="lacks the column stop_lat"):
        read(frame.drop(columns="stop_lat"))
    with pytest.raises(InputError, match=f"lacks {FILE}"):
        read_dataset({}, Parameters())


def test_too_many_bad_rows_end_the_run(frame: pd.DataFrame) -> None:
    with pytest.raises(InputError, match="max_bad_fraction"):
        read(frame.assign(vp_lat=np.where(np.arange(len(frame)) % 3 == 0, 100.0, 42.0)))


def test_rows_at_their_stop_long_labels_and_rows_without_one_are_dropped_and_counted(
    frame: pd.DataFrame,
) -> None:
    changed = frame.assign(
        distance_to_stop=[5.0] * 4 + [100.0] * (len(frame) - 4),
        time_to_arrival_seconds=[30.0] * 4
        + [7201.0] * 3
        + [np.nan] * 2
        + [30.0] * (len(frame) - 9),
    )
    dataset = read(changed)
    report = dataset.report
    assert (report.near, report.long, report.unlabelled) == (4, 3, 2)
    assert report.kept == len(frame) - 9
    assert dataset.positions.judged.sum() == report.kept
    assert len(dataset.positions) == report.kept + 4


def test_nothing_left_to_learn_from_is_refused(frame: pd.DataFrame) -> None:
    with pytest.raises(InputError, match="no row is left"):
        read(frame.assign(distance_to_stop=1.0))


def test_what_the_file_says_of_hours_is_not_used(frame: pd.DataFrame) -> None:
    plain, told = read(frame), read(frame.assign(hour=99, day_of_week=42, temperature_c="warm"))
    assert (plain.positions.labels == told.positions.labels).all()
    assert told.report.bad == ()


def test_positions_are_read_back_as_they_were_written() -> None:
    positions = agency.dataset().positions
    everything = np.ones(len(positions), dtype=np.bool_)
    again = read_dataset({FILE: parquet_of(positions, everything)}, agency.QUICK).positions
    for name in ("seconds", "lat", "lon", "bearing", "speed", "stop_lat", "distance", "labels"):
        assert np.array_equal(getattr(again, name), getattr(positions, name), equal_nan=True), name
    assert list(again.trips) == list(positions.trips)


def test_a_dataset_of_another_pipeline_is_refused() -> None:
    holdout = dict(agency.prepared().holdout)
    card = json.loads(holdout["dataset.json"]) | {"pipeline": "milk-price"}
    with pytest.raises(InputError, match="belongs to milk-price"):
        rows_to_judge({**holdout, "dataset.json": json.dumps(card).encode()})


def test_a_plain_folder_is_judged_by_all_its_rows() -> None:
    rows = rows_to_judge(agency.files())
    assert rows.judged.sum() == agency.dataset().report.kept
