"""Holds: a mark on the version, brought about and taken away by hand."""

from dataclasses import replace
from typing import Any

import pytest

from tests.support.asking import WANTED, asked, in_phase
from tests.support.promotions import (
    MLFLOW_DOWN,
    SPEC,
    after,
    control,
    decided,
    digest,
    routing,
    served,
    status,
)
from windlass.domain.names import Version
from windlass.domain.promotion.controls import Verb
from windlass.domain.promotion.effects import (
    HoldVersion,
    ReleaseVersion,
)
from windlass.domain.promotion.evidence import UNSEEN
from windlass.domain.promotion.status import (
    Mark,
    Phase,
)


def test_the_evaluation_of_a_held_one_is_not_taken_up_again() -> None:
    found = asked(Verb.HOLD, Phase.EVALUATING).status

    assert found.attempt == 2


@pytest.mark.parametrize(
    ("verb", "held", "effect"),
    [
        (
            Verb.HOLD,
            None,
            HoldVersion(model=SPEC.model, version=Version("7"), reason="held by hand"),
        ),
        (Verb.RELEASE, "it is", ReleaseVersion(model=SPEC.model, version=Version("7"))),
    ],
)
@pytest.mark.parametrize("phase", [Phase.SOAKING, Phase.SUCCEEDED, Phase.ROLLED_BACK, Phase.FAILED])
def test_a_mark_is_brought_about(verb: Verb, held: str | None, effect: Any, phase: Phase) -> None:
    assert asked(verb, phase, held=held).effect == effect


@pytest.mark.parametrize(("mark", "held"), [(Mark.HOLD, "it is"), (Mark.RELEASE, None)])
def test_a_mark_that_is_seen_is_forgotten(mark: Mark, held: str | None) -> None:
    done = replace(in_phase(Phase.ROLLED_BACK), mark=mark)

    assert decided(done, held=held).status.mark is None


@pytest.mark.parametrize("phase", [Phase.SOAKING, Phase.SUCCEEDED, Phase.ROLLED_BACK])
def test_a_mark_is_remembered_while_the_registry_is_down(phase: Phase) -> None:
    assert asked(Verb.HOLD, phase, held=MLFLOW_DOWN).status.mark is Mark.HOLD


def test_a_release_lets_a_held_one_go_on() -> None:
    waiting = decided(status(Phase.PENDING), held="it is", controls=(control(Verb.RELEASE),))
    on = decided(waiting.status, held=None, at=after(1))

    assert isinstance(waiting.effect, ReleaseVersion)
    assert waiting.status.reason == "Held"
    assert on.status.phase is Phase.PROGRESSING


def test_a_hold_in_the_rollout_is_made_on_the_way_back_and_waits_for_its_release() -> None:
    back = asked(Verb.HOLD, Phase.PROGRESSING).status
    document = routing("6", held=(digest("7"),))
    marking = decided(back, WANTED, held=None, **served(document))
    done = decided(marking.status, WANTED, held="it is", candidate=UNSEEN, **served(document))

    assert isinstance(marking.effect, HoldVersion)
    assert (done.status.phase, done.status.mark) == (Phase.PENDING, None)


def test_an_abort_on_the_way_back_of_a_hold_still_holds() -> None:
    back = asked(Verb.HOLD, Phase.PROGRESSING).status
    controls = (control(Verb.ABORT, "eve"),)
    found = decided(back, WANTED, controls=controls, **served(routing("6"))).status

    assert found.ending is not None
    assert (found.ending.phase, found.ending.by, found.ending.hold) == (
        Phase.ABORTED,
        "eve",
        True,
    )
