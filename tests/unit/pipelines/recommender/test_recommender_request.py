import pytest

from windlass.pipelines.contract import InvalidRequest
from windlass.pipelines.recommender.request import Clicked, Request, read_request


def test_clicks_are_names_numbers_or_objects() -> None:
    row = {
        "product_id": 2,
        "category_id": "7",
        "category_code": "shoes",
        "brand": "",
        "price": 3,
        "event_time": "2019-10-01 00:00:00 UTC",
    }
    found = read_request({"clicks": ["p1", row], "user_id": 5, "k": 3, "exclude_clicked": True})
    assert found == Request(
        clicks=(Clicked(product="p1"), Clicked(product="2", category="7", price=3.0)),
        user="5",
        k=3,
        exclude_clicked=True,
    )


def test_all_but_the_clicks_may_be_left_out() -> None:
    assert read_request({"clicks": []}) == Request(clicks=())
    assert read_request({"clicks": [], "user_id": None}).user is None


def test_a_category_without_a_number_goes_by_its_name() -> None:
    [click] = read_request({"clicks": [{"product_id": "a", "category_code": "shoes"}]}).clicks
    assert click.category == "shoes"


@pytest.mark.parametrize(
    ("payload", "field", "said"),
    [
        ({}, "clicks", "is missing"),
        ({"clicks": "p1"}, "clicks", "must be a list"),
        ({"clicks": ["a"] * 10_001}, "clicks", "at most 10000"),
        ({"clicks": ["a", ""]}, "clicks[1]", "1 to 1000 letters"),
        ({"clicks": ["a", 1.5]}, "clicks[1]", "a text or a whole number"),
        ({"clicks": [True]}, "clicks[0]", "a text or a whole number"),
        ({"clicks": [{}]}, "clicks[0].product_id", "is missing"),
        ({"clicks": [{"product_id": []}]}, "clicks[0].product_id", "a text or a whole number"),
        ({"clicks": [{"product_id": 1, "price": "x"}]}, "clicks[0].price", "must be a number"),
        ({"clicks": [{"product_id": 1, "brnad": "x"}]}, "clicks[0].brnad", "did you mean brand?"),
        ({"clicks": [], "k": 0}, "k", "from 1 to 100"),
        ({"clicks": [], "k": True}, "k", "from 1 to 100"),
        ({"clicks": [], "user_id": {}}, "user_id", "a text or a whole number"),
        ({"clicks": [], "exclude_clicked": 1}, "exclude_clicked", "true or false"),
        ({"clickss": []}, "clickss", "did you mean clicks?"),
        ({"clicks": [], "zzz": 1}, "zzz", "known are clicks"),
    ],
)
def test_what_is_wrong_is_named(payload: dict[str, object], field: str, said: str) -> None:
    with pytest.raises(InvalidRequest, match=said.replace("?", r"\?")) as caught:
        read_request(payload)
    assert caught.value.field == field
