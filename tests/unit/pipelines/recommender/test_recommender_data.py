import gzip
from collections.abc import Mapping

import numpy as np
import pytest

from windlass.domain.errors import InputError
from windlass.pipelines.recommender.clicks import UNKNOWN, translated
from windlass.pipelines.recommender.data import (
    Dataset,
    make_dataset,
    read_clickstream,
    read_products,
)

HEADER = (
    "event_time,event_type,product_id,category_id,category_code,brand,price,user_id,user_session"
)
ROWS = (
    "2019-10-01 00:00:02 UTC,cart,p2,7,shoes,acme,3.50,u1,s1",
    "2019-10-01 00:00:00 UTC,view,p1,7,shoes,,0.00,u1,s1",
    "2019-10-01 00:00:01 UTC,view,p3,,,,,u2,s2",
)
BARE = "event_time,product_id,user_session\n2019-10-01 00:00:00.25 UTC,1,a\n2019-10-01,2,a\n"


def csv(*rows: str, header: str = HEADER) -> bytes:
    return "\n".join([header, *rows]).encode()


def read(files: Mapping[str, bytes], test_events: str = "", allowed: float = 0.2) -> Dataset:
    stream = read_clickstream(files, test_events)
    return make_dataset(stream, read_products(files), files, allowed)


def test_clicks_stand_in_the_order_of_time_with_numbers_for_names() -> None:
    found = read({"events.csv": csv(*ROWS)})
    assert found.names.products[found.clicks.products].tolist() == ["p1", "p3", "p2"]
    assert found.names.users[found.clicks.users].tolist() == ["u1", "u2", "u1"]
    assert found.clicks.taken.tolist() == [False, False, True]
    assert np.diff(found.clicks.times).tolist() == [1_000_000, 1_000_000]


def test_what_is_missing_is_unknown_and_a_price_of_nothing_too() -> None:
    clicks = read({"events.csv": csv(*ROWS)}).clicks
    assert clicks.categories.tolist() == [0, UNKNOWN, 0]
    assert clicks.brands.tolist() == [UNKNOWN, UNKNOWN, 0]
    np.testing.assert_array_equal(clicks.prices, [np.nan, np.nan, 3.5])


def test_a_log_of_mere_clicks_is_enough_and_parts_of_seconds_count() -> None:
    found = read({"events.csv.gz": gzip.compress(BARE.encode())})
    assert found.names.products[found.clicks.products].tolist() == ["2", "1"]
    assert set(found.clicks.users) == {UNKNOWN}
    assert np.diff(found.clicks.times).tolist() == [250_000]


def test_a_category_without_a_number_goes_by_its_name() -> None:
    found = read({"events.csv": csv("2019-10-01,view,p,,shoes,,,,s")})
    assert found.names.categories.tolist() == ["shoes"]


def test_repeated_rows_and_removals_are_dropped_and_counted() -> None:
    removal = ROWS[0].replace("cart", "remove_from_cart")
    found = read({"events.csv": csv(*ROWS, ROWS[1], removal)})
    assert len(found.clicks) == 3
    assert (found.report.repeated, found.report.removals) == (1, 1)


def test_bad_rows_are_set_aside_with_the_reason() -> None:
    good = [row.replace("s1", f"s{n}") for n, row in enumerate(ROWS * 4)]
    bad = "2019-10-01 00:00:00 UTC,view,p1,7,shoes,,-1,u1,"
    found = read({"events.csv": csv(*good, bad)})
    [file] = found.report.files
    [row] = file.bad
    assert row.row == 14
    assert found.report.lines()[1].startswith("set aside: events.csv, row 14, column price")


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, r"lacks events\.csv"),
        ({"events.csv": b""}, "is empty"),
        ({"events.csv": HEADER.encode()}, "has a header but no rows"),
        ({"events.csv": b"event_time,product_id\n2019-10-01,1\n"}, "lacks the column user_session"),
        ({"events.csv": csv("never,view,p,,,,,,s")}, r"event_time: 'never' is not a time"),
        ({"events.csv": csv("2019-10-01,view,,,,,,,s")}, "product_id: is empty"),
        ({"events.csv": csv("2019-10-01,view,p,,,,x,,s")}, "price: 'x' is not a number"),
        ({"events.csv": csv(*ROWS), "products.csv": b"product\np1\n"}, r"products\.csv lacks"),
    ],
)
def test_what_cannot_be_trusted_is_refused(files: dict[str, bytes], said: str) -> None:
    with pytest.raises(InputError, match=said):
        read(files)


def test_a_list_of_products_tells_more_than_the_events() -> None:
    products = b"product_id,brand,price\np1,nice,9\nP9,other,1\n"
    found = read({"events.csv": csv(*ROWS), "products.csv": products})
    assert found.names.brands[found.clicks.brands[[0, 2]]].tolist() == ["nice", "acme"]
    assert found.clicks.prices[0] == 9
    assert found.report.catalogue


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("test.csv", "test.csv"),
        ("test.csv.gz", "test.csv"),
        ("named/test.csv", "/elsewhere/test.csv"),
        ("named/test.csv.gz", "s3://bucket/test.csv.gz"),
    ],
)
def test_sessions_of_a_test_file_are_only_for_the_test(name: str, given: str) -> None:
    test = csv(ROWS[2], "2019-10-02,view,p9,,,,,,s9")
    content = gzip.compress(test) if name.endswith(".gz") else test
    found = read({"events.csv": csv(*ROWS), name: content}, given)
    assert found.test_sessions is not None
    assert found.names.sessions[found.test_sessions].tolist() == ["s2", "s9"]
    assert len(found.clicks) == 4


def test_a_test_file_that_is_not_there_is_named() -> None:
    with pytest.raises(InputError, match=r"test_events names nowhere\.csv"):
        read({"events.csv": csv(*ROWS)}, "nowhere.csv")


def test_the_digest_is_that_of_the_files_that_were_read() -> None:
    files = {"events.csv": csv(*ROWS), "other.csv": b"x"}
    assert read(files).digest == read({"events.csv": csv(*ROWS)}).digest
    assert read(files).digest != read({"events.csv": csv(*ROWS[:2])}).digest


def test_names_that_another_list_lacks_get_numbers_past_its_own() -> None:
    own, others = np.array(["a", "b", "d"]), np.array(["b", "c"])
    numbers = np.array([1, 0, 2, UNKNOWN, 0])
    assert translated(numbers, own, others).tolist() == [0, 2, 3, UNKNOWN, 2]
    assert translated(np.array([UNKNOWN]), own[:0], others).tolist() == [UNKNOWN]
