import gzip

import pytest

from windlass.domain.errors import InputError
from windlass.pipelines.predictive_maintenance.tables import (
    ERROR_EVENTS,
    MACHINES,
    TELEMETRY,
)
from windlass.pipelines.tables import Layout, Table, read_table

HEADER = "datetime,machineID,volt,rotate,pressure,vibration\n"
GOOD = "2015-01-01 06:00:00,1,176.2,418.5,113.1,45.1\n"


def read(layout: Layout, text: str) -> Table:
    return read_table(layout, {layout.file: text.encode()})


def test_good_rows_are_typed() -> None:
    table = read(TELEMETRY, HEADER + GOOD)
    assert table.frame["volt"].tolist() == [176.2]
    assert table.frame["datetime"].dt.hour.tolist() == [6]
    assert (table.rows, table.bad) == (1, ())


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("2015-01-01 07:00:00,1,abc,2,3,4", "row 3, column volt: 'abc' is not a number"),
        ("2015-01-01 07:00:00,1,1,2,3,", "row 3, column vibration: is empty, it must be a number"),
        ("2015-01-01 07:00:00,1,1,2,inf,4", "row 3, column pressure: 'inf' is not a number"),
        ("2015-01-01 07:00:00,1,1,nan,3,4", "row 3, column rotate: 'nan' is not a number"),
        ("2015-01-01 07:00:00,1.5,1,2,3,4", "row 3, column machineID: '1.5' is not a whole number"),
        ("soon,1,1,2,3,4", "row 3, column datetime: 'soon' is not a time like 2015-01-01 06:00:00"),
        (GOOD.strip(), "row 3, column datetime+machineID: repeats an earlier row"),
        ("2015-01-01 07:00:00,1,1", "row 3, column rotate: is empty, it must be a number"),
        ("2015-01-01 07:00:00,1,1,2,3,4,5,6", "row 3, column vibration: there are 8 cells"),
    ],
)
def test_a_bad_row_is_set_aside_with_its_place_and_reason(row: str, fault: str) -> None:
    table = read(TELEMETRY, HEADER + GOOD + row + "\n" + GOOD.replace("06", "08"))
    [bad] = table.bad
    assert str(bad).startswith(f"PdM_telemetry.csv, {fault}")
    assert (table.rows, len(table.frame)) == (3, 2)


def test_an_unknown_error_is_set_aside_with_the_known_ones() -> None:
    table = read(
        ERROR_EVENTS,
        "datetime,machineID,errorID\n2015-01-01 06:00,1,error1\n2015-01-01 06:00,1,error9\n",
    )
    [bad] = table.bad
    assert bad.reason == "'error9' is not one of error1, error2, error3, error4, error5"
    assert table.frame["errorID"].tolist() == ["error1"]


def test_a_machine_recorded_twice_keeps_its_first_record() -> None:
    table = read(MACHINES, "machineID,model,age\n1,model3,18\n1,model4,2\n")
    assert table.frame["model"].tolist() == ["model3"]
    assert table.bad[0].column == "machineID"


@pytest.mark.parametrize(
    "time", ["1/3/2015 7:00:00 AM", "2015-01-03T07:00:00Z", "2015-01-03 07:00"]
)
def test_times_may_be_written_in_several_ways(time: str) -> None:
    table = read(TELEMETRY, HEADER + f"{time},1,1,2,3,4\n")
    assert table.frame["datetime"].dt.strftime("%Y-%m-%d %H:%M").tolist() == ["2015-01-03 07:00"]


def test_other_columns_an_order_of_their_own_and_a_byte_order_mark_do_no_harm() -> None:
    text = "\ufeffage,note, machineID,model\n18,x,1,model3\n"
    table = read(MACHINES, text)
    assert table.frame.to_dict("records") == [{"machineID": 1.0, "model": "model3", "age": 18.0}]


def test_a_compressed_file_is_read_too() -> None:
    packed = gzip.compress((HEADER + GOOD).encode())
    assert read_table(TELEMETRY, {"PdM_telemetry.csv.gz": packed}).rows == 1


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "the data lacks PdM_telemetry.csv (or PdM_telemetry.csv.gz); there is: nothing"),
        ({"x.csv": b""}, "the data lacks PdM_telemetry.csv (or PdM_telemetry.csv.gz); there is: x"),
        ({"PdM_telemetry.csv": b""}, "PdM_telemetry.csv is empty; it needs a header and rows"),
        ({"PdM_telemetry.csv": b"\xff\xfe"}, "PdM_telemetry.csv is not UTF-8 text"),
        ({"PdM_telemetry.csv.gz": b"plain"}, "PdM_telemetry.csv.gz is no gzip file"),
        (
            {"PdM_telemetry.csv": b"datetime,machineID,rotate\n"},
            "PdM_telemetry.csv lacks the column volt; it has: datetime, machineID, rotate",
        ),
    ],
)
def test_a_file_that_can_not_be_used_at_all_is_refused(
    files: dict[str, bytes], message: str
) -> None:
    with pytest.raises(InputError) as refused:
        read_table(TELEMETRY, files)
    assert str(refused.value).startswith(message)
