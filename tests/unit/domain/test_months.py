import pytest

from windlass.domain.errors import InputError
from windlass.domain.months import Month, month_of, months_between, parse_month


def test_a_month_knows_its_days_and_its_neighbours() -> None:
    february = Month(2024, 2)
    assert february.last_day - february.first_day == 28
    assert month_of(february.last_day) == february
    assert february.plus(11) == Month(2025, 1)
    assert february.plus(-2) == Month(2023, 12)
    assert str(february) == "2024-02"


@pytest.mark.parametrize("text", ["2024", "2024-13", "2024-00", "24-01", "2024-02-01", "0000-01"])
def test_what_is_no_month_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="is no month: write it as 2024-02"):
        parse_month(text)


def test_months_between_has_both_ends_and_an_order() -> None:
    found = months_between(parse_month("2023-11"), parse_month("2024-02"))
    assert [str(month) for month in found] == ["2023-11", "2023-12", "2024-01", "2024-02"]
    with pytest.raises(InputError, match="give the earlier one first"):
        list(months_between(Month(2024, 2), Month(2024, 1)))
