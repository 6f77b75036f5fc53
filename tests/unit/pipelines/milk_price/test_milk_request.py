from typing import Any

import numpy as np
import pytest

from windlass.pipelines.contract import InvalidRequest
from windlass.pipelines.milk_price.features import Series
from windlass.pipelines.milk_price.known import KnownSeries
from windlass.pipelines.milk_price.request import read_question


def series(city: str, kind: str = "Pasteurizada", channel: str = "Tiendas") -> Series:
    return Series(
        city=city,
        type=kind,
        channel=channel,
        days=np.array([19700, 19702]),
        prices=np.array([20.0, 21.0]),
    )


KNOWN = KnownSeries.of(
    [series("Mérida"), series("Puebla"), series("Puebla", channel="Autoservicios")]
)
ONE = KnownSeries.of([series("", "", "")])
PUEBLA = {"city": "Puebla", "type": "Pasteurizada", "channel": "Tiendas"}


def test_capitals_accents_and_spaces_make_no_difference() -> None:
    question = read_question({**PUEBLA, "city": " merida"}, KNOWN)
    assert question.series.city == "Mérida"
    assert (question.horizon, question.known, question.day) == (1, True, None)


def test_what_can_only_be_meant_need_not_be_said() -> None:
    assert read_question({}, ONE).series.key == ("", "", "")
    assert read_question({"city": "Puebla", "channel": "Tiendas"}, KNOWN).series.city == "Puebla"


def test_a_history_follows_what_the_model_knows() -> None:
    history = [{"date": "2023-12-13", "price": 23}, {"date": "2023-12-15", "price": None}]
    question = read_question(
        {**PUEBLA, "history": [*history, {"date": "2023-12-10", "price": 22}]}, KNOWN
    )
    assert question.series.prices.tolist() == [20.0, 22.0, 23.0]
    assert question.series.days.tolist() == [19700, 19701, 19704]
    assert question.day == 19706


def test_a_series_that_nobody_knows_can_be_asked_for_with_its_history() -> None:
    asked = {**PUEBLA, "city": "Nowhere", "history": [{"date": "2023-12-13", "price": 23}]}
    question = read_question(asked, KNOWN)
    assert (question.known, question.series.city) == (False, "Nowhere")


ROW = {"date": "2023-12-13", "price": 23}


@pytest.mark.parametrize(
    ("change", "field", "said"),
    [
        ({"city": "Pueblo"}, "city", "did you mean Puebla?"),
        ({"city": "X"}, "city", "known are Mérida, Puebla"),
        ({"city": 3}, "city", "must be a text, not 3"),
        ({"city": None}, "city", "is missing; known are Mérida, Puebla"),
        ({"type": "Cruda"}, "type", "not known of Puebla; known: Pasteurizada"),
        ({"city": "Mérida", "channel": "Autoservicios"}, "channel", "known: Tiendas"),
        ({"horizon_months": 4}, "horizon_months", "from 1 to 3"),
        ({"horizon_months": True}, "horizon_months", "from 1 to 3"),
        ({"horizon_months": "1"}, "horizon_months", "from 1 to 3"),
        ({"price": 3}, "price", "is not known"),
        ({"history": {}}, "history", "must be a list"),
        ({"history": [3]}, "history[0]", "must be an object"),
        ({"history": [{"price": 3}]}, "history[0].date", "must be a day like"),
        ({"history": [{**ROW, "date": "9999-12-31"}]}, "history[0].date", "must be a day like"),
        ({"history": [ROW, {**ROW, "price": 0}]}, "history[1].price", "above 0, not 0"),
        ({"history": [{**ROW, "price": float("nan")}]}, "history[0].price", "above 0"),
        ({"history": [{**ROW, "price": True}]}, "history[0].price", "above 0"),
        ({"history": [{**ROW, "price": 10**400}]}, "history[0].price", "above 0"),
        ({"history": [{**ROW, "price": "3"}]}, "history[0].price", "above 0"),
        ({"history": [{**ROW, "prise": 3}]}, "history[0].prise", "did you mean price?"),
        ({"history": [{**ROW, "price": None}]}, "history", "has no price"),
        ({"history": [ROW] * 5001}, "history", "at most 5000 are read"),
    ],
)
def test_what_can_not_be_answered_names_its_field(
    change: dict[str, Any], field: str, said: str
) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        read_question({**PUEBLA, **change}, KNOWN)
    assert refusal.value.field == field
    assert said in refusal.value.message
