"""`--param` options and orders of trainings."""

import pytest

from windlass.cli.parameters import texts, values
from windlass.cli.training import Order
from windlass.domain.errors import InputError


def test_values_are_json_where_they_are_json() -> None:
    pairs = ["a=1", "b=1.5", "c=true", "d=text", 'e="1"', "f=[1, 2]", "g=", "h=x=y"]
    assert values(pairs) == {
        "a": 1,
        "b": 1.5,
        "c": True,
        "d": "text",
        "e": "1",
        "f": [1, 2],
        "g": "",
        "h": "x=y",
    }


@pytest.mark.parametrize(
    ("pairs", "said"),
    [
        (["a"], "--param a: give it as name=value"),
        (["=1"], "--param =1: give it as name=value"),
        (["a=1", "a=2"], "--param a is given twice"),
    ],
)
def test_malformed_parameters_are_refused(pairs: list[str], said: str) -> None:
    with pytest.raises(InputError) as refusal:
        texts(pairs)
    assert str(refusal.value) == said


def order(*parameters: str, pipeline: str = "predictive-maintenance") -> Order:
    return Order(pipeline=pipeline, source="local", data="d", parameters=parameters)


def test_an_order_has_the_pipelines_own_parameters() -> None:
    assert order("gap_hours=0", "horizon-hours=24").parsed().horizon_hours == 24


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (order(pipeline="weather"), "unknown pipeline weather; there are: "),
        (order("gap=1"), "unknown parameter gap"),
        (order("gap_hours=soon"), "parameter gap_hours must be a whole number, not 'soon'"),
    ],
)
def test_an_order_nobody_can_carry_out_is_refused(wrong: Order, said: str) -> None:
    with pytest.raises(InputError) as refusal:
        wrong.parsed()
    assert str(refusal.value).startswith(said)
