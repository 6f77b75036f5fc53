"""Single values: strict both ways."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from windlass.adapters import wire_values
from windlass.adapters.wire_values import Mismatch
from windlass.domain.errors import InputError


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("60s", 60),
        ("30m", 1800),
        ("1h", 3600),
        ("500ms", 0.5),
        ("1h30m", 5400),
        ("1.5s", 1.5),
        ("250us", 0.00025),
        ("0s", 0),
        ("0", 0),
        ("1m1m", 120),
    ],
)
def test_a_duration_reads_as_in_kubernetes(text: str, seconds: float) -> None:
    assert wire_values.duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "60",
        "1 h",
        "s",
        "-5s",
        "1d",
        "5S",
        "1h 30m",
        "٣s",
        "99999999999999h",
        60,
        None,
        True,
        [],
    ],
)
def test_anything_else_is_no_duration(value: object) -> None:
    with pytest.raises(Mismatch, match="duration"):
        wire_values.duration(value)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0s"), (60, "1m"), (90, "1m30s"), (5400, "1h30m"), (0.5, "500ms"), (0.00025, "250us")],
)
def test_a_duration_is_written_in_its_largest_units(seconds: float, text: str) -> None:
    assert wire_values.duration_text(timedelta(seconds=seconds)) == text


def test_a_negative_duration_is_not_written() -> None:
    with pytest.raises(InputError, match="negative"):
        wire_values.duration_text(timedelta(seconds=-1))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("2024-05-01T06:00:00Z", datetime(2024, 5, 1, 6, tzinfo=UTC)),
        ("2024-05-01T06:00:00.000001Z", datetime(2024, 5, 1, 6, 0, 0, 1, tzinfo=UTC)),
        ("2024-05-01T08:00:00+02:00", datetime(2024, 5, 1, 6, tzinfo=UTC)),
    ],
)
def test_a_time_is_read_into_utc(text: str, wanted: datetime) -> None:
    found = wire_values.instant(text)
    assert (found, found.tzinfo) == (wanted, UTC)


@pytest.mark.parametrize("value", ["2024-05-01T06:00:00", "yesterday", "", 1714543200, None])
def test_a_time_without_a_zone_or_shape_is_refused(value: object) -> None:
    with pytest.raises(Mismatch, match="must be a time like"):
        wire_values.instant(value)


def test_a_time_is_written_in_utc_with_its_microseconds() -> None:
    zone = timezone(timedelta(hours=2))
    assert wire_values.instant_text(datetime(2024, 5, 1, 8, tzinfo=zone)) == "2024-05-01T06:00:00Z"
    late = datetime(2024, 5, 1, 6, 0, 0, 7, tzinfo=UTC)
    assert wire_values.instant_text(late) == "2024-05-01T06:00:00.000007Z"


def test_a_time_without_a_zone_is_not_written() -> None:
    with pytest.raises(InputError, match="no zone"):
        wire_values.instant_text(datetime(2024, 5, 1))


@pytest.mark.parametrize("value", [True, "1", 1.0, None, []])
def test_only_a_whole_number_is_a_whole_number(value: object) -> None:
    with pytest.raises(Mismatch, match="must be a whole number"):
        wire_values.whole(value)


@pytest.mark.parametrize("value", [True, "0.5", float("nan"), float("inf"), None, 10**400])
def test_only_a_finite_number_is_a_number(value: object) -> None:
    with pytest.raises(Mismatch, match="must be a finite number"):
        wire_values.number(value)


@pytest.mark.parametrize("value", [5, -5, 2**53 + 1, 2**63 - 1])
def test_a_number_may_be_written_without_a_fraction_as_far_as_the_api_server_lets_it(
    value: int,
) -> None:
    assert wire_values.number(value) == float(value)


def test_a_number_where_text_belongs_asks_for_quotes() -> None:
    with pytest.raises(Mismatch, match="must be text, not the number 7: put it in quotes"):
        wire_values.text(7)


@pytest.mark.parametrize("value", ["yes", 1, None])
def test_only_true_and_false_are_truths(value: object) -> None:
    with pytest.raises(Mismatch, match="must be true or false"):
        wire_values.truth(value)


@pytest.mark.parametrize("value", ["1.0", "", "a", 7, "٣"])
def test_a_key_that_counts_is_a_whole_number_as_text(value: object) -> None:
    with pytest.raises(Mismatch, match="whole number in quotes"):
        wire_values.bucket(value)
