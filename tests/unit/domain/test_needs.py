"""Every phase finds what it looks at: nothing is UNSEEN for ever, nothing is asked in vain."""

from dataclasses import replace
from typing import Any

import pytest

from tests.support.promotions import (
    NOW,
    before,
    control,
    evidence,
    report,
    result,
    routing,
    served,
    spec,
    status,
    step_status,
    version,
)
from windlass.domain.promotion.controls import Control, Verb
from windlass.domain.promotion.decide import decide
from windlass.domain.promotion.evidence import UNSEEN, Evidence
from windlass.domain.promotion.needs import Need, needs
from windlass.domain.promotion.spec import Consumer, EvaluationSpec, RedisConsumer
from windlass.domain.promotion.status import (
    Ending,
    EvaluationStatus,
    Mark,
    Phase,
    PromotionStatus,
    RolloutStatus,
    Told,
)
from windlass.domain.promotion.view import Decision

CONSUMER = Consumer(redis=RedisConsumer(key="eta:settings"))
WANTED = spec(consumers=(CONSUMER,), evaluation=EvaluationSpec(dataset="s3://windlass/d"))
FIELDS = {
    Need.RIVALS: ("rivals",),
    Need.CANDIDATE: ("candidate",),
    Need.CHAMPION: ("champion",),
    Need.HELD: ("held",),
    Need.SERVING: ("served", "routing", "reports"),
    Need.EVALUATION: ("flow_run", "result"),
    Need.CONSUMERS: ("consumers",),
}


def looked_at(full: Evidence, wanted: frozenset[Need]) -> Evidence:
    """Hide what was not asked for."""
    hidden: dict[str, Any] = {
        name: UNSEEN for need in Need if need not in wanted for name in FIELDS[need]
    }
    if "consumers" in hidden:
        hidden["consumers"] = {}
    return replace(full, **hidden)


def settle(known: PromotionStatus, full: Evidence) -> Decision:
    """Look and decide, as the reconciler does, until there is something to do or to wait for."""
    for _ in range(8):
        wanted = needs(known, full.controls, deleted=full.subject.deleted)
        decision = decide(WANTED, known, looked_at(full, wanted), NOW)
        due = decision.again_at is not None and decision.again_at <= NOW
        if decision.effect is not None or not due:
            return decision
        assert decision.status != known, f"{known.phase} waits for what nobody looks at"
        known = decision.status
    raise AssertionError(f"{known.phase} never settles")


TEN = routing("6", "7", weight=10)
SEVEN = routing("7")
RUNNING = EvaluationStatus(
    deployment="score-versions/score-versions", key="k", started_at=before(9)
)
ENDING = Ending(phase=Phase.ROLLED_BACK, reason="CanaryFailed", message="", hold=True)
TOLD = (Told(consumer=CONSUMER, previous="pump-failure/6"),)

STATES: list[tuple[PromotionStatus, dict[str, Any]]] = [
    (status(Phase.PENDING), {}),
    (status(Phase.PENDING, mark=Mark.HOLD), {}),
    (status(Phase.PENDING), {"held": "it is"}),
    (status(Phase.PENDING), {"champion": None, "routing": None}),
    (status(Phase.VALIDATING), {}),
    (status(Phase.EVALUATING), {}),
    (status(Phase.EVALUATING, evaluation=RUNNING), {"result": result()}),
    (status(Phase.AWAITING_APPROVAL), {}),
    (status(Phase.PROGRESSING), {}),
    (status(Phase.PROGRESSING, routed=True, rollout=RolloutStatus()), served(routing("6", "7"))),
    (status(Phase.PROGRESSING, routed=True, rollout=step_status(1)), served(TEN)),
    (
        status(Phase.PROGRESSING, routed=True, rollout=step_status(1, started=before(9))),
        {"routing": TEN, "reports": (report(TEN, suspended=True),)},
    ),
    (status(Phase.PROGRESSING, routed=True, rollout=step_status(1)), served(routing("5"))),
    (status(Phase.PROMOTING), {**served(SEVEN), "champion": version("7")}),
    (status(Phase.SOAKING), {**served(SEVEN), "champion": version("7")}),
    (status(Phase.SUCCEEDED), {**served(SEVEN), "champion": version("5")}),
    (
        status(Phase.ROLLING_BACK, routed=True, alias_moved=True, told=TOLD, ending=ENDING),
        {**served(routing("6")), "champion": version("6")},
    ),
    (
        status(Phase.ROLLING_BACK, evaluation=RUNNING, ending=replace(ENDING, hold=False)),
        {},
    ),
    (status(Phase.FAILED), {}),
    (status(Phase.ROLLED_BACK, mark=Mark.RELEASE), {"held": "it is"}),
]


def seen(changes: dict[str, Any], *controls: Control) -> Evidence:
    full = evidence(consumers={CONSUMER.label: "pump-failure/7"}, controls=controls)
    return replace(full, **changes)


@pytest.mark.parametrize(("known", "changes"), STATES)
@pytest.mark.parametrize("verb", [None, *Verb])
def test_every_phase_settles_whatever_is_asked(
    known: PromotionStatus, changes: dict[str, Any], verb: Verb | None
) -> None:
    controls = (control(verb),) if verb else ()

    assert settle(known, seen(changes, *controls)) is not None


@pytest.mark.parametrize(("known", "changes"), STATES)
def test_every_phase_settles_when_it_is_deleted(
    known: PromotionStatus, changes: dict[str, Any]
) -> None:
    full = seen(changes)
    decision = settle(known, replace(full, subject=replace(full.subject, deleted=True)))

    ended = decision.status.phase.terminal or decision.status.phase is Phase.ROLLING_BACK
    assert ended


@pytest.mark.parametrize(("known", "changes"), STATES)
def test_hiding_what_is_not_needed_changes_no_effect(
    known: PromotionStatus, changes: dict[str, Any]
) -> None:
    full = seen(changes)
    hidden = looked_at(full, needs(known, (), deleted=False))
    decision = decide(WANTED, known, hidden, NOW)
    if decision.again_at is None or decision.again_at > NOW:
        assert decision.effect == decide(WANTED, known, full, NOW).effect


@pytest.mark.parametrize(
    ("known", "wanted"),
    [
        (status(Phase.AWAITING_APPROVAL), {Need.RIVALS}),
        (status(Phase.FAILED), set()),
        (status(Phase.ROLLED_BACK), set()),
        (
            status(Phase.PROGRESSING),
            {Need.RIVALS, Need.SERVING, Need.CHAMPION, Need.HELD},
        ),
        (
            status(Phase.PROGRESSING, rollout=step_status(0)),
            {Need.RIVALS, Need.SERVING},
        ),
        (status(Phase.ROLLING_BACK, routed=True), {Need.SERVING, Need.HELD}),
        (status(Phase.ROLLING_BACK, alias_moved=True), {Need.CHAMPION, Need.HELD}),
    ],
)
def test_no_system_is_asked_in_vain(known: PromotionStatus, wanted: set[Need]) -> None:
    assert needs(known, (), deleted=False) == wanted


def test_a_canary_is_watched_without_the_registry() -> None:
    known = status(Phase.PROGRESSING, rollout=step_status(1))

    assert not needs(known, (), deleted=False) & {Need.CANDIDATE, Need.CHAMPION, Need.HELD}
