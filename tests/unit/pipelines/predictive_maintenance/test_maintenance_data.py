import pytest

from windlass.domain.errors import InputError
from windlass.pipelines.predictive_maintenance.data import read_dataset

HOURS = [f"2015-01-01 {hour:02}:00:00" for hour in range(10)]


def files(**changes: str) -> dict[str, bytes]:
    """Two machines of ten hours, the second without a record."""
    rows = [f"{hour},{machine},170,450,100,40" for machine in (1, 2) for hour in reversed(HOURS)]
    texts = {
        "telemetry": "datetime,machineID,volt,rotate,pressure,vibration\n" + "\n".join(rows),
        "errors": f"datetime,machineID,errorID\n{HOURS[3]},1,error1\n{HOURS[1]},1,error1",
        "maint": f"datetime,machineID,comp\n{HOURS[0]},1,comp1",
        "failures": f"datetime,machineID,failure\n{HOURS[9]},1,comp1\n{HOURS[9]},7,comp2",
        "machines": "machineID,model,age\n1,model3,18",
    }
    return {f"PdM_{name}.csv": text.encode() for name, text in {**texts, **changes}.items()}


def test_each_machine_gets_its_own_history_in_the_order_of_time() -> None:
    first, second = read_dataset(files()).histories
    assert (first.machine, first.model, first.age) == (1, "model3", 18.0)
    assert (first.times[1:] - first.times[:-1]).tolist() == [3600] * 9
    assert first.errors["error1"].tolist() == [first.times[1], first.times[3]]
    assert second.machine == 2
    assert second.failures == {}


def test_what_does_not_fit_together_is_reported_and_not_fatal() -> None:
    report = read_dataset(files()).report
    assert report.without_telemetry == (7,)
    assert report.without_record == (2,)
    assert report.lines()[1:] == [
        "no telemetry of machines 7",
        "PdM_machines.csv lacks machines 2",
    ]


def test_bad_rows_are_counted_told_and_left_out() -> None:
    text = files()["PdM_telemetry.csv"].decode() + "\n2015-01-01 11:00:00,1,high,450,100,40"
    dataset = read_dataset(files(telemetry=text))
    assert len(dataset.histories[0].times) == 10
    assert dataset.report.lines()[1] == (
        "set aside: PdM_telemetry.csv, row 22, column volt: 'high' is not a number"
    )
    assert dataset.report.as_json()["quarantined"] == [
        {
            "file": "PdM_telemetry.csv",
            "row": 22,
            "column": "volt",
            "reason": "'high' is not a number",
        }
    ]


def test_too_many_bad_rows_are_refused_with_the_first_of_them() -> None:
    text = "datetime,machineID,volt,rotate,pressure,vibration\n" + "\n".join(
        f"{hour},1,{'high' if hour < HOURS[3] else 1},2,3,4" for hour in HOURS
    )
    with pytest.raises(InputError) as refused:
        read_dataset(files(telemetry=text))
    assert str(refused.value) == (
        "3 of 10 rows are bad, more than max_bad_fraction=0.2 allows; the first: "
        "PdM_telemetry.csv, row 2, column volt: 'high' is not a number"
    )
    assert len(read_dataset(files(telemetry=text), max_bad_fraction=0.3).report.bad) == 3


@pytest.mark.parametrize("name", ["telemetry", "errors", "maint", "failures", "machines"])
def test_a_file_without_rows_is_refused_for_training(name: str) -> None:
    header = files()[f"PdM_{name}.csv"].decode().splitlines()[0]
    with pytest.raises(InputError, match=f"PdM_{name}.csv has a header but no rows"):
        read_dataset(files(**{name: header}))


def test_a_held_back_part_in_which_nothing_happened_is_fine() -> None:
    empty = {
        name: files()[f"PdM_{name}.csv"].decode().splitlines()[0]
        for name in ("errors", "maint", "failures", "machines")
    }
    dataset = read_dataset(files(**empty), events_required=False)
    assert [history.failures for history in dataset.histories] == [{}, {}]


def test_rows_that_are_all_bad_leave_nothing_to_work_with() -> None:
    text = "datetime,machineID,failure\nsoon,1,comp1"
    with pytest.raises(InputError, match="all 1 rows are bad"):
        read_dataset(files(failures=text), max_bad_fraction=1)


def test_the_digest_changes_with_the_content() -> None:
    one, same = read_dataset(files()), read_dataset(files())
    other = read_dataset(files(machines="machineID,model,age\n1,model3,19"))
    assert one.digest == same.digest != other.digest
