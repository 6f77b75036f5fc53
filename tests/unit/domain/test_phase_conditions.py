"""Conditions that follow from the phase."""

from dataclasses import replace
from typing import Any

import pytest

from tests.support.promotions import (
    MLFLOW_DOWN,
    NOW,
    after,
    before,
    condition_of,
    counted,
    decided,
    report,
    routing,
    served,
    status,
    step_status,
    truth_of,
    version,
)
from windlass.domain.promotion.conditions import ConditionType, Truth
from windlass.domain.promotion.status import (
    JournalEntry,
    Phase,
    PromotionStatus,
)

SEVEN = served(routing("7"))


PROMOTING = status(Phase.PROMOTING, alias_moved=False)


def written(count: int, length: int | None = None) -> dict[str, Any]:
    entries = tuple(JournalEntry(step=str(n), at=NOW, outcome="Done") for n in range(count))
    return {"journal": entries[-20:], "journal_length": length or count}


FAILED = status(Phase.FAILED, reason="GateFailed", message="f1 too low", **written(3))


def phases(found: PromotionStatus) -> dict[ConditionType, Truth | None]:
    types = (
        ConditionType.READY,
        ConditionType.RECONCILING,
        ConditionType.STALLED,
        ConditionType.PROMOTED,
    )
    return {type_: truth_of(found, type_) for type_ in types}


@pytest.mark.parametrize(
    ("known", "seen", "ready", "reconciling", "stalled", "promoted"),
    [
        (status(Phase.PENDING), {"held": "it is"}, "False", "True", "True", "False"),
        (status(Phase.AWAITING_APPROVAL), {}, "False", "True", "False", "False"),
        (PROMOTING, SEVEN, "False", "True", "False", "False"),
        (
            status(Phase.SOAKING, rollout=step_status(2, started=before(9))),
            {"champion": version("7"), **SEVEN},
            "False",
            "True",
            "False",
            "True",
        ),
        (
            status(Phase.SUCCEEDED),
            {"champion": version("7"), **SEVEN},
            "True",
            "False",
            "False",
            "True",
        ),
        (FAILED, {}, "False", "False", "False", "False"),
        (status(Phase.ROLLED_BACK), {}, "False", "False", "False", "False"),
        (
            status(Phase.ROLLING_BACK, routed=True),
            {"routing": MLFLOW_DOWN},
            "False",
            "True",
            "True",
            "False",
        ),
    ],
)
def test_conditions_follow_from_the_phase(
    known: PromotionStatus,
    seen: dict[str, Any],
    ready: str,
    reconciling: str,
    stalled: str,
    promoted: str,
) -> None:
    found = decided(known, **seen).status

    assert list(phases(found).values()) == [ready, reconciling, stalled, promoted]


def test_a_condition_carries_reason_message_and_generation() -> None:
    found = condition_of(decided(FAILED).status, ConditionType.READY)

    assert found is not None
    assert (found.reason, found.message) == ("GateFailed", "f1 too low")
    assert (found.observed_generation, found.last_transition_time) == (2, NOW)


def test_promoted_turns_with_a_rollback() -> None:
    soaking = decided(replace(PROMOTING, alias_moved=True), champion=version("7"), **SEVEN).status
    bad = (report(routing("7"), versions=counted("7", requests=9, errors=5)),)
    back = decided(
        soaking, at=after(60), champion=version("7"), routing=routing("7"), reports=bad
    ).status

    promoted = condition_of(soaking, ConditionType.PROMOTED)
    revoked = condition_of(back, ConditionType.PROMOTED)
    assert promoted is not None
    assert revoked is not None
    assert (promoted.status, promoted.last_transition_time) == (Truth.TRUE, NOW)
    assert (revoked.status, revoked.last_transition_time) == (Truth.FALSE, after(60))
