"""The end of a decision: intent, journal, audit, notification and conditions."""

from dataclasses import replace
from typing import Any

import pytest

from tests.support.promotions import (
    MLFLOW_DOWN,
    NOW,
    SPEC,
    approval,
    before,
    control,
    counted,
    decided,
    digest,
    report,
    routing,
    served,
    spec,
    status,
    step_status,
    version,
)
from windlass.domain.names import Version
from windlass.domain.promotion.controls import Verb
from windlass.domain.promotion.effects import (
    ApplyRouting,
    ClearControls,
    HoldVersion,
    Notify,
    RecordOutcome,
    SetAlias,
    TellConsumer,
)
from windlass.domain.promotion.spec import Consumer, RedisConsumer
from windlass.domain.promotion.status import (
    Intent,
    JournalEntry,
    Mark,
    Phase,
)

SEVEN = served(routing("7"))
PROMOTING = status(Phase.PROMOTING, alias_moved=False)
SET_ALIAS = SetAlias(model=SPEC.model, alias=SPEC.target_alias, seen=Version("6"), to=Version("7"))
INTENT = Intent(step="SetAlias", source="6", to="7", at=before(1))
MEANT = replace(PROMOTING, alias_moved=True, intent=INTENT)


def written(count: int, length: int | None = None) -> dict[str, Any]:
    entries = tuple(JournalEntry(step=str(n), at=NOW, outcome="Done") for n in range(count))
    return {"journal": entries[-20:], "journal_length": length or count}


def test_the_intent_is_written_before_its_effect() -> None:
    decision = decided(PROMOTING, **SEVEN)

    assert decision.effect == SET_ALIAS
    assert decision.status.intent == Intent(step="SetAlias", source="6", to="7", at=NOW)


def test_the_outcome_is_written_with_the_next_look() -> None:
    found = decided(MEANT, performed=SET_ALIAS, champion=version("7"), **SEVEN).status

    assert found.intent is None
    assert JournalEntry(step="SetAlias", at=NOW, outcome="Done", message="6 to 7") in found.journal


def test_after_a_crash_the_outcome_is_what_is_seen() -> None:
    found = decided(MEANT, champion=version("7"), **SEVEN).status

    assert [(e.step, e.outcome) for e in found.journal if e.step == "SetAlias"] == [
        ("SetAlias", "Seen")
    ]


def test_an_effect_that_is_named_again_is_one_intent() -> None:
    decision = decided(MEANT, **SEVEN)

    assert (decision.effect, decision.status.intent) == (SET_ALIAS, INTENT)
    assert decision.status.journal == ()


def test_a_refused_effect_keeps_its_intent() -> None:
    decision = decided(MEANT, refused=MLFLOW_DOWN, **SEVEN)

    assert (decision.effect, decision.status.intent) == (None, INTENT)
    assert decision.status.journal == ()
    assert decision.status.faulted_at == NOW


def test_a_control_that_overtakes_a_refused_effect_has_its_own_intent() -> None:
    asked = (control(Verb.ABORT),)
    decision = decided(MEANT, refused=MLFLOW_DOWN, controls=asked, **SEVEN)

    assert isinstance(decision.effect, ApplyRouting)
    assert decision.status.intent is not None
    assert decision.status.intent.step == "ApplyRouting"
    assert [(e.step, e.outcome) for e in decision.status.journal][-1] == ("SetAlias", "Refused")


def test_an_effect_that_came_through_ends_an_outage() -> None:
    known = replace(MEANT, faulted_at=before(60))

    assert decided(
        known, performed=SET_ALIAS, champion=version("7"), **SEVEN
    ).status.faulted_at is (None)


def test_the_journal_keeps_twenty_and_counts_all() -> None:
    known = replace(MEANT, **written(20, 37))
    found = decided(known, performed=SET_ALIAS, champion=version("7"), **SEVEN).status

    assert len(found.journal) == 20
    assert found.journal_length == 39
    assert [e.step for e in found.journal][-2:] == ["Phase", "SetAlias"]


def test_a_full_journal_is_written_out_while_it_is_open() -> None:
    document = routing("6", "7", weight=10)
    known = status(
        Phase.PROGRESSING, routed=True, rollout=step_status(1, started=before(9)), **written(15)
    )
    seen: dict[str, Any] = {
        "routing": document,
        "reports": (report(document, versions=counted("7")),),
    }

    assert isinstance(decided(known, **seen).effect, RecordOutcome)
    assert decided(replace(known, audited=1), **seen).effect is None


def test_the_journal_is_written_out_before_consumers_could_push_entries_out() -> None:
    consumer = Consumer(redis=RedisConsumer(key="eta:settings"))
    wanted = spec(consumers=(consumer,))
    seen = {"champion": version("7"), "consumers": {consumer.label: None}, **SEVEN}

    full = decided(replace(PROMOTING, **written(15)), wanted, **seen)
    down = decided(replace(PROMOTING, **written(15)), wanted, refused=MLFLOW_DOWN, **seen)
    audited = decided(replace(PROMOTING, audited=15, **written(15)), wanted, **seen)
    assert isinstance(full.effect, RecordOutcome)
    assert not isinstance(down.effect, RecordOutcome)
    assert isinstance(audited.effect, TellConsumer)


FAILED = status(Phase.FAILED, reason="GateFailed", message="f1 too low", **written(3))
RECORD = RecordOutcome(
    model=SPEC.model,
    version=Version("7"),
    tags={
        "windlass.promotion": "ml/pump-failure-v7",
        "windlass.outcome": "Failed",
        "windlass.from": "6",
        "windlass.to": "7",
        "windlass.by": "alice",
    },
)


def test_an_end_is_recorded_with_from_to_and_by() -> None:
    assert decided(FAILED).effect == RECORD


@pytest.mark.parametrize(
    ("changes", "by"),
    [
        ({}, "alice"),
        ({"approval": approval("bob")}, "bob"),
    ],
)
def test_who_brought_it_about_is_recorded(changes: dict[str, Any], by: str) -> None:
    effect = decided(replace(FAILED, **changes)).effect

    assert isinstance(effect, RecordOutcome)
    assert effect.tags["windlass.by"] == by


def test_whoever_ended_it_is_recorded() -> None:
    known = status(Phase.AWAITING_APPROVAL, approval=approval("bob"))
    effect = decided(known, controls=(control(Verb.ABORT, "eve"),)).effect
    cleared = decided(decided(known, controls=(control(Verb.ABORT, "eve"),)).status).effect

    assert effect == ClearControls(verbs=(Verb.ABORT,))
    assert isinstance(cleared, RecordOutcome)
    assert cleared.tags["windlass.by"] == "eve"


def test_what_is_recorded_is_not_recorded_again() -> None:
    recorded = decided(FAILED, performed=RECORD)

    assert (recorded.effect, recorded.status.audited) == (None, 3)
    assert decided(recorded.status).effect is None


def test_what_is_journaled_after_the_record_is_recorded_too() -> None:
    found = decided(FAILED, performed=RECORD, controls=(control(Verb.ABORT),)).status

    assert (found.audited, found.journal_length) == (3, 4)
    assert isinstance(decided(found).effect, RecordOutcome)


def test_a_record_that_was_refused_is_not_repeated_at_once() -> None:
    assert decided(FAILED, refused=MLFLOW_DOWN).effect is None


NOTIFYING = spec(notify=("slack-webhook/ml-alerts",))


def test_people_are_told_of_an_end_once() -> None:
    first = decided(FAILED, NOTIFYING)
    second = decided(first.status, NOTIFYING)

    assert first.effect == Notify(
        blocks=("slack-webhook/ml-alerts",),
        subject="pump-failure: Failed",
        body="ml/pump-failure-v7: GateFailed: f1 too low",
    )
    assert first.status.notified == "Failed"
    assert second.effect == RECORD


def test_people_are_told_although_nothing_can_be_recorded() -> None:
    assert isinstance(decided(FAILED, NOTIFYING, refused=MLFLOW_DOWN).effect, Notify)


def test_a_hold_that_is_refused_keeps_nothing_else_waiting() -> None:
    known = replace(FAILED, mark=Mark.HOLD, consumed={"hold": "bob 2"})
    asked = (control(Verb.HOLD),)

    assert isinstance(decided(known, controls=asked).effect, HoldVersion)
    assert decided(known, controls=asked, refused=MLFLOW_DOWN).effect == ClearControls(
        verbs=(Verb.HOLD,)
    )


def test_a_rollback_leaves_the_hold_in_routing_for_people_to_see() -> None:
    back = decided(status(Phase.SOAKING), controls=(control(Verb.ROLLBACK),), **SEVEN)

    assert isinstance(back.effect, ApplyRouting)
    assert back.effect.routing.held == (digest("7"),)
