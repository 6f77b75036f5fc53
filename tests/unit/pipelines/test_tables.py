"""What the tables of every pipeline share, beyond those of a plant."""

import io

import pandas as pd
import pytest

from windlass.domain.errors import InputError
from windlass.pipelines.tables import Column, Layout, Table, check_usable, read_table

PRICES = Layout(
    file="prices.parquet",
    columns=(
        Column(name="day", kind="time"),
        Column(name="city", kind="text"),
        Column(name="price", kind="number", least=0.01, most=1000, nullable=True),
        Column(name="shop", kind="text", optional=True, nullable=True),
    ),
)


def read(**columns: list[object]) -> Table:
    content = io.BytesIO()
    days = pd.date_range("2024-01-01", periods=len(columns["price"]))
    pd.DataFrame({"day": days, "city": "Puebla", **columns}).to_parquet(content)
    return read_table(PRICES, {"prices.parquet": content.getvalue()})


def test_parquet_is_typed_and_a_column_may_be_absent() -> None:
    table = read(price=[20.5, 21.0])
    assert table.frame["price"].tolist() == [20.5, 21.0]
    assert table.frame["day"].dt.day.tolist() == [1, 2]
    assert table.frame["shop"].isna().all()


def test_an_empty_cell_may_be_allowed_and_a_bound_never_broken() -> None:
    table = read(price=[20.5, None, 0.0, 21.0])
    assert [str(bad) for bad in table.bad] == [
        "prices.parquet, row 4, column price: 0.0 is not a number from 0.01 to 1000"
    ]
    assert table.frame["price"].isna().tolist() == [False, True, False]


def test_a_text_where_a_number_may_be_empty_is_still_bad() -> None:
    layout = Layout(file="p.csv", columns=(Column(name="price", kind="number", nullable=True),))
    table = read_table(layout, {"p.csv": b"price\n1\n,\nabc\n\n"})
    assert [(bad.row, bad.reason[:5]) for bad in table.bad] == [(3, "there"), (4, "'abc'")]


def test_what_is_no_parquet_or_absent_is_named() -> None:
    with pytest.raises(InputError, match=r"prices\.parquet is no Parquet file"):
        read_table(PRICES, {"prices.parquet": b"nonsense"})
    with pytest.raises(InputError, match=r"the data lacks prices.*there is: other"):
        read_table(PRICES, {"other": b""})


def test_too_many_bad_rows_are_refused_with_the_first() -> None:
    table = read(price=[0.0, 0.0, 21.0])
    with pytest.raises(InputError, match=r"2 of 3 rows are bad.*row 2, column price"):
        check_usable(table, 0.5)
    check_usable(table, 0.7)
