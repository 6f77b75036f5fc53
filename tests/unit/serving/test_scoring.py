import math

import pytest

from tests.support import fake_model
from windlass.domain.bundle import Bundle
from windlass.serving.guard import Failure
from windlass.serving.scoring import Call, Kind, Loaded, Outcome, Refused, Scored, load, score


def outcome(kind: Kind, body: bytes) -> Outcome:
    bundle = fake_model.bundle(2.0, on_x={"7": "raise"})
    return score(Loaded(fake_model.load(bundle), bundle.manifest.features), Call(kind, body))


def test_an_answer_is_encoded_and_timed() -> None:
    found = outcome(Kind.PREDICT, b'{"x": 2}')

    assert isinstance(found, Scored)
    assert (found.body, found.score) == (b'{"product":4.0}', 4.0)
    assert found.milliseconds > 0


def test_a_table_has_predictions_and_no_single_score() -> None:
    found = outcome(Kind.JSON_TABLE, b'{"instances": [[1, 0], [2, 0]]}')

    assert isinstance(found, Scored)
    assert (found.body, found.score) == (b'{"predictions":[2.0,4.0]}', None)


def test_a_table_without_rows_has_no_predictions() -> None:
    found = outcome(Kind.CSV_TABLE, b"x,y\n")

    assert isinstance(found, Scored)
    assert found.body == b'{"predictions":[]}'


@pytest.mark.parametrize(
    ("kind", "body", "field"),
    [
        (Kind.PREDICT, b'{"x": null}', "x"),
        (Kind.PREDICT, b"nonsense", "body"),
        (Kind.JSON_TABLE, b"{}", "body"),
        (Kind.CSV_TABLE, b"y\n1\n", "x"),
    ],
)
def test_bad_input_is_refused_by_its_field(kind: Kind, body: bytes, field: str) -> None:
    found = outcome(kind, body)

    assert isinstance(found, Refused)
    assert found.field == field


@pytest.mark.parametrize("scale", [math.nan, math.inf])
def test_a_score_that_is_no_number_is_no_answer(scale: float) -> None:
    bundle = fake_model.bundle(2.0)
    scorer = fake_model.FakeScorer({"scale": scale})
    loaded = Loaded(scorer, bundle.manifest.features)

    one = score(loaded, Call(Kind.PREDICT, b'{"x": 2}'))
    table = score(loaded, Call(Kind.JSON_TABLE, b'{"instances": [[1, 0], [2, 0]]}'))

    assert isinstance(one, Failure)
    assert one.reason == f"its score is {scale}"
    assert isinstance(table, Failure)


def test_whatever_a_model_raises_is_a_value() -> None:
    found = outcome(Kind.PREDICT, b'{"x": 7}')

    assert isinstance(found, Failure)
    assert found.reason == "RuntimeError: the model is broken"


@pytest.mark.parametrize(
    ("bundle", "problem"),
    [
        (fake_model.bundle(on_load="raise"), "RuntimeError: the model is broken"),
        (fake_model.bundle(lowest=10), "it refuses its golden request: x: must be at least 10"),
        (fake_model.bundle(golden_score=6.1), "golden request 6.0, in training 6.1"),
        (fake_model.bundle(golden_score=math.pi), "golden request 6.0, in training 3.14"),
    ],
)
def test_a_bundle_is_loaded_only_when_it_repeats_its_golden_request(
    bundle: Bundle, problem: str
) -> None:
    found = load(fake_model, bundle)

    assert isinstance(found, Failure)
    assert problem in found.reason


def test_the_last_digits_of_a_score_may_differ() -> None:
    assert isinstance(load(fake_model, fake_model.bundle(golden_score=6.0000001)), Loaded)
