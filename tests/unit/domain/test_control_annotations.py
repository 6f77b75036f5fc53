"""Reading controls from annotations."""

import pytest

from windlass.domain.promotion.controls import Control, Verb, controls_of


@pytest.mark.parametrize("verb", Verb)
def test_every_verb_is_read_and_written_alike(verb: Verb) -> None:
    control = Control(verb=verb, actor="bob", generation=3)

    assert control.value == "bob 3"
    assert controls_of({f"windlass.dev/{verb}": "bob 3"}) == (control,)


@pytest.mark.parametrize("actor", ["system:serviceaccount:ml:ci", "a b", "bob@example.org"])
def test_an_actor_is_all_before_the_last_word(actor: str) -> None:
    (control,) = controls_of({"windlass.dev/approve": f"{actor} 12"})

    assert (control.actor, control.generation) == (actor, 12)


@pytest.mark.parametrize(
    "value",
    ["", "bob", "3", " 3", "bob x", "bob -1", "bob 1.5", "bob ²", "bob ٣", "bob " + "9" * 5000],
)
def test_a_malformed_control_asks_for_nothing(value: str) -> None:
    assert controls_of({"windlass.dev/rollback": value}) == ()


def test_other_annotations_are_none_of_its_business() -> None:
    assert controls_of({"windlass.dev/created-by": "bob 3", "approve": "bob 3"}) == ()


def test_several_controls_are_all_read() -> None:
    found = controls_of({"windlass.dev/retry": "bob 3", "windlass.dev/abort": "eve 3"})

    assert {(c.verb, c.actor) for c in found} == {(Verb.RETRY, "bob"), (Verb.ABORT, "eve")}
