import gzip
import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.support import market
from windlass.domain.errors import InputError
from windlass.domain.months import Month
from windlass.pipelines.milk_price.data import read_dataset
from windlass.pipelines.milk_price.synthetic import parquet

FIRST = pd.Timestamp("2024-01-03")
ROW = {
    "Fecha": FIRST,
    "Estado": "Puebla",
    "Ciudad": "Puebla ",
    "Tipo": "Pasteurizada",
    "Canal": "Tiendas",
    "Precio": 24.5,
}


def month(*changes: dict[str, Any], name: str = "2024/01/2024-01") -> dict[str, bytes]:
    """One monthly file with a row for each change, a day apart."""
    rows = [
        {**ROW, "Fecha": FIRST + pd.Timedelta(days=day), **change}
        for day, change in enumerate(changes)
    ]
    return {f"monthly/{name}-data.parquet": parquet(pd.DataFrame(rows))}


def test_a_series_is_a_city_a_type_and_a_channel_with_its_prices_in_order() -> None:
    read = read_dataset(month({"Precio": 24.0}, {}, {"Canal": "Autoservicios"}))
    assert [series.key for series in read.series] == [
        ("Puebla", "Pasteurizada", "Autoservicios"),
        ("Puebla", "Pasteurizada", "Tiendas"),
    ]
    assert read.series[1].prices.tolist() == [24.0, 24.5]
    assert read.series[1].days.tolist() == [19725, 19726]


def test_an_empty_price_is_no_fault_and_a_price_of_zero_is_one() -> None:
    read = read_dataset(month({"Precio": None}, {"Precio": 0.0}, *[{}] * 8))
    assert read.report.without_price == 1
    [bad] = read.report.bad
    assert str(bad) == (
        "monthly/2024/01/2024-01-data.parquet, row 3, column Precio: 0.0 is not a number from 0.01"
    )
    assert len(read.series[0].days) == 8
    assert json.loads(json.dumps(read.report.as_json()))["rows_without_price"] == 1


@pytest.mark.parametrize(
    ("change", "column"),
    [({"Tipo": "Cruda"}, "Tipo"), ({"Canal": None}, "Canal"), ({"Precio": -1.0}, "Precio")],
)
def test_a_bad_row_is_set_aside_and_named(change: dict[str, Any], column: str) -> None:
    read = read_dataset(month(change, *[{}] * 9))
    assert [(row.row, row.column) for row in read.report.bad] == [(2, column)]


def test_too_many_bad_rows_end_it() -> None:
    with pytest.raises(InputError, match="more than max_bad_fraction"):
        read_dataset(month({"Precio": 0.0}, {}, {}))


def test_a_day_that_two_files_have_counts_once() -> None:
    late = month({"Precio": 30.0}, {}, name="2024/02/2024-02")
    read = read_dataset({**month({}, {}), **late})
    assert read.report.repeated == 2
    assert read.series[0].prices.tolist() == [30.0, 24.5]


def test_an_empty_row_before_it_takes_no_price_away() -> None:
    same_day = {"Fecha": "2024-01-03"}
    read = read_dataset(month({**same_day, "Precio": None}, {**same_day, "Precio": 21.0}))
    assert read.series[0].prices.tolist() == [21.0]
    assert (read.report.without_price, read.report.bad) == (1, ())


def test_nothing_later_than_the_wanted_month_is_read() -> None:
    cut = read_dataset(market.files(), until=Month(2023, 3))
    alone = read_dataset({n: d for n, d in market.files().items() if n < "monthly/2023/04"})
    assert cut.months == (Month(2023, 1), Month(2023, 2), Month(2023, 3))
    assert cut.digest == alone.digest != market.dataset().digest
    assert cut.last_day <= Month(2023, 3).last_day


def test_a_plain_file_with_one_series_works() -> None:
    text = "Fecha,Precio\n2024-01-03,24.5\n2024-01-05,\n2024-02-02,25\n"
    for name, data in (("a.csv", text.encode()), ("a.csv.gz", gzip.compress(text.encode()))):
        read = read_dataset({name: data})
        assert [series.key for series in read.series] == [("", "", "")]
        assert read.series[0].prices.tolist() == [24.5, 25.0]
        assert read.months == (Month(2024, 1), Month(2024, 2))
    until = read_dataset({"a.csv": text.encode()}, until=Month(2024, 1))
    assert until.series[0].prices.tolist() == [24.5]


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "neither monthly/YYYY/MM/YYYY-MM-data.parquet nor a plain"),
        ({"a.csv": b"Fecha\n2024-01-01\n"}, "a.csv lacks the column Precio"),
        ({"a.csv": b"Fecha,Precio\n2024-01-01,\n"}, "no row has a price"),
        ({"monthly/2024/01/x.parquet": b"PAR1"}, "is no Parquet file"),
    ],
)
def test_files_without_prices_are_refused(files: dict[str, bytes], said: str) -> None:
    with pytest.raises(InputError, match=said):
        read_dataset(files)


def test_a_month_before_the_first_file_is_refused() -> None:
    with pytest.raises(InputError, match="there is no file by 2022-12; the first is of 2023-01"):
        read_dataset(market.files(), until=Month(2022, 12))


def test_series_are_sound() -> None:
    for series in market.dataset().series:
        assert (np.diff(series.days) > 0).all()
        assert (series.prices > 0).all()
