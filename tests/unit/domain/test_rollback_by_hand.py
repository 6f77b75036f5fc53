"""A rollback asked by a person: of the current champion only, and it sticks."""

from dataclasses import replace
from typing import Any

import pytest

from tests.support.asking import asked, in_phase
from tests.support.promotions import (
    MLFLOW_DOWN,
    control,
    decided,
    reference,
    routing,
    served,
    version,
)
from windlass.domain.promotion.controls import Verb
from windlass.domain.promotion.effects import (
    ApplyRouting,
)
from windlass.domain.promotion.status import (
    Ending,
    Phase,
)


@pytest.mark.parametrize("phase", [Phase.SOAKING, Phase.SUCCEEDED])
def test_a_rollback_by_hand_names_the_actor_and_sticks(phase: Phase) -> None:
    ending = asked(Verb.ROLLBACK, phase).status.ending

    assert ending == Ending(
        phase=Phase.ROLLED_BACK, reason="RolledBackByHand", message="by bob", by="bob", hold=True
    )


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"champion": version("8")}, "version 8 is in production now, roll that one back"),
        (
            {"champion": None, **served(routing(None))},
            "version none is in production now, roll that one back",
        ),
        (served(routing("8")), "version 8 is in production now, roll that one back"),
        (
            {"champion": MLFLOW_DOWN, **served(routing("8"))},
            "version 8 is in production now, roll that one back",
        ),
    ],
)
def test_only_the_current_champion_can_be_rolled_back(changes: dict[str, Any], why: str) -> None:
    found = asked(Verb.ROLLBACK, Phase.SUCCEEDED, **changes).status

    assert found.phase is Phase.SUCCEEDED
    assert found.journal[0].message == f"by bob: {why}"


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"routed": False, "alias_moved": False}, "it put nothing into production"),
        ({"champion": reference("7")}, "its version was in production before it"),
    ],
)
def test_what_put_nothing_into_production_takes_nothing_back(
    changes: dict[str, Any], why: str
) -> None:
    done = replace(in_phase(Phase.SUCCEEDED), **changes)
    seen = {"champion": version("7"), **served(routing("7"))}
    found = decided(done, controls=(control(Verb.ROLLBACK),), **seen).status

    assert found.phase is Phase.SUCCEEDED
    assert found.journal[0].message == f"by bob: {why}"


def test_routing_says_what_is_in_production_while_the_registry_is_down() -> None:
    decision = asked(Verb.ROLLBACK, Phase.SUCCEEDED, champion=MLFLOW_DOWN)

    assert isinstance(decision.effect, ApplyRouting)
    assert decision.status.phase is Phase.ROLLING_BACK


def test_a_rollback_waits_while_nobody_can_say_what_is_in_production() -> None:
    blind = {"champion": MLFLOW_DOWN, "served": False, "routing": None, "reports": ()}
    decision = asked(Verb.ROLLBACK, Phase.SUCCEEDED, **blind)

    assert (decision.status.phase, decision.status.consumed) == (Phase.SUCCEEDED, {})
