"""What a reader is told about a document that can't be read."""

import pytest

from windlass.adapters import wire
from windlass.adapters.wire_problems import below
from windlass.domain.errors import InputError
from windlass.domain.promotion.status import PromotionStatus
from windlass.domain.sketch import Sketch

VALID: dict[str, object] = {"model": "milk-price", "candidate": {"alias": "challenger"}}


def refusal(changes: dict[str, object]) -> str:
    with pytest.raises(InputError) as caught:
        wire.parse_spec({**VALID, **changes})
    return str(caught.value)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"rollout": {"steps": [{"weight": 5}, {"wieght": 10}]}},
            "spec.rollout.steps[1].wieght: unknown field, did you mean weight?",
        ),
        (
            {"target_alias": "champion"},
            "spec.target_alias: unknown field, did you mean targetAlias?",
        ),
        (
            {"approval": {"who": "me"}},
            "spec.approval.who: unknown field; known are required",
        ),
        ({"model": None}, "spec.model: missing"),
        (
            {"candidate": {"version": 7}},
            "spec.candidate.version: must be text, not the number 7: put it in quotes",
        ),
        ({"gates": "f1"}, "spec.gates: must be a list, not the text 'f1'"),
        ({"gates": ["f1"]}, "spec.gates[0]: must be an object, not the text 'f1'"),
        ({"rollout": []}, "spec.rollout: must be an object, not a list"),
        (
            {"suspend": "no"},
            "spec.suspend: must be true or false, not the text 'no'",
        ),
        (
            {"policy": "queue"},
            "spec.policy: must be one of Queue, Supersede, not the text 'queue'",
        ),
        ({"policy": 5}, "spec.policy: must be text, not the number 5: put it in quotes"),
        (
            {"rollout": {"progressDeadline": 900}},
            "spec.rollout.progressDeadline: must be a duration like 60s, 30m or 1h30m,"
            " not the number 900",
        ),
        (
            {"gates": [{"metric": "f1", "threshold": float("nan")}]},
            "spec.gates[0].threshold: must be a finite number, not the number nan",
        ),
        (
            {"rollout": {"steps": [None]}},
            "spec.rollout.steps[0]: must be an object, not null",
        ),
    ],
)
def test_a_problem_names_its_place_and_what_belongs_there(
    changes: dict[str, object], message: str
) -> None:
    assert refusal(changes) == message


def test_all_problems_are_told_at_once_in_one_line() -> None:
    message = refusal({"modle": "x", "suspend": 1, "notify": [5, "slack-webhook/x"]})
    assert message.split("; ") == [
        "spec.notify[0]: must be text, not the number 5: put it in quotes",
        "spec.suspend: must be true or false, not the number 1",
        "spec.modle: unknown field, did you mean model?",
    ]


def test_what_is_no_object_at_all_is_said_so() -> None:
    with pytest.raises(InputError, match=r"^spec: must be an object, not the text 'hello'$"):
        wire.structure(PromotionStatus, "hello", "spec")


def test_without_a_path_the_place_begins_with_the_field() -> None:
    with pytest.raises(InputError, match=r"^attempt: must be a whole number, not true$"):
        wire.structure(PromotionStatus, {"attempt": True})


def test_too_many_problems_are_counted() -> None:
    message = refusal({f"x{number}": 1 for number in range(25)})
    assert message.count("unknown field") == 20
    assert message.endswith("; and 5 more problems")


def test_long_texts_are_cut_short() -> None:
    assert len(refusal({"policy": "x" * 10_000})) < 200
    assert len(refusal({"x" * 10_000: 1})) < 500


def test_a_key_that_is_no_text_is_an_unknown_field() -> None:
    with pytest.raises(InputError, match=r"spec\.7: unknown field"):
        wire.structure(PromotionStatus, {7: 1}, "spec")


def test_an_entry_of_a_mapping_is_named_by_its_key() -> None:
    with pytest.raises(InputError, match=r"^sketch\.counts\['a b'\]: must be a whole number in"):
        wire.structure(Sketch, {"counts": {"a b": 1}}, "sketch")
    with pytest.raises(InputError, match=r"^sketch\.counts\.12: must be a whole number, not true"):
        wire.structure(Sketch, {"counts": {"12": True}}, "sketch")


@pytest.mark.parametrize(
    ("path", "place", "wanted"),
    [("", "a", "a"), ("a", "b", "a.b"), ("a", 0, "a[0]"), ("a", "x/y", "a['x/y']")],
)
def test_a_path_grows_by_fields_items_and_odd_keys(
    path: str, place: str | int, wanted: str
) -> None:
    assert below(path, place) == wanted
