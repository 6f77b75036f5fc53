"""AwaitingApproval: another person agrees to this generation of the spec."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.support.promotions import (
    NOW,
    after,
    approval,
    control,
    decided,
    spec,
    status,
    subject,
    truth_of,
)
from windlass.domain.promotion.conditions import ConditionType, Truth
from windlass.domain.promotion.controls import Verb
from windlass.domain.promotion.spec import Approval, Gate
from windlass.domain.promotion.status import Phase
from windlass.domain.promotion.view import fingerprint

SPEC = spec(approval=Approval(required=True))
WAITING = status(Phase.AWAITING_APPROVAL)


def test_it_waits_as_long_as_it_takes() -> None:
    decision = decided(WAITING, SPEC, at=NOW + timedelta(days=90))

    assert (decision.status.phase, decision.effect) == (Phase.AWAITING_APPROVAL, None)
    assert truth_of(decision.status, ConditionType.APPROVED) is Truth.FALSE
    assert decision.status.message == (
        "waits for approval of generation 2 by another than its author"
    )


def test_where_none_is_required_it_goes_on() -> None:
    found = decided(WAITING).status

    assert found.phase is Phase.PROGRESSING
    assert truth_of(found, ConditionType.APPROVED) is Truth.TRUE


def test_the_approval_of_another_lets_it_go_on() -> None:
    found = decided(WAITING, SPEC, controls=(control(Verb.APPROVE, "bob"),)).status

    assert found.phase is Phase.PROGRESSING
    assert found.approval is not None
    assert (found.approval.by, found.approval.at, found.approval.generation) == ("bob", NOW, 2)
    assert found.consumed == {"approve": "bob 2"}


@pytest.mark.parametrize(
    ("actor", "generation", "why"),
    [
        ("alice", 2, "nobody approves an own promotion"),
        ("bob", 1, "approves generation 1, the spec is at generation 2"),
        ("bob", 3, "approves generation 3, the spec is at generation 2"),
    ],
)
def test_an_approval_that_does_not_count_is_refused_and_journaled(
    actor: str, generation: int, why: str
) -> None:
    asked = control(Verb.APPROVE, actor, generation)
    found = decided(WAITING, SPEC, controls=(asked,)).status

    assert found.phase is Phase.AWAITING_APPROVAL
    assert found.approval is None
    entry = found.journal[-1]
    assert (entry.step, entry.outcome) == ("Approve", "Refused")
    assert entry.message == f"by {actor}: {why}"


@pytest.mark.parametrize(
    "recorded",
    [
        approval("alice"),
        approval("bob", generation=1),
        approval("bob", approved=False),
    ],
)
def test_a_recorded_approval_is_looked_at_again(recorded: object) -> None:
    known = replace(WAITING, approval=recorded)  # type: ignore[arg-type] # one of the above

    assert decided(known, SPEC).status.phase is not Phase.PROGRESSING


def test_a_rejection_ends_it() -> None:
    decision = decided(WAITING, SPEC, controls=(control(Verb.REJECT),))

    assert (decision.status.phase, decision.status.reason) == (Phase.ABORTED, "Rejected")
    assert decision.status.message == "by bob"
    assert decision.status.ending is not None
    assert decision.status.ending.by == "bob"
    assert decision.status.ending.hold is False


def test_a_rejection_of_an_older_generation_is_refused() -> None:
    found = decided(WAITING, SPEC, controls=(control(Verb.REJECT, generation=1),)).status

    assert found.phase is Phase.AWAITING_APPROVAL
    assert found.journal[-1].message == (
        "by bob: rejects generation 1, the spec is at generation 2"
    )


def test_a_changed_spec_starts_the_analysis_again_and_voids_the_approval() -> None:
    known = replace(WAITING, approval=approval(), analysed=fingerprint(SPEC))
    changed = replace(SPEC, gates=(Gate(metric="f1", threshold=0.1),))

    found = decided(known, changed, subject=subject(generation=3)).status
    assert (found.phase, found.approval) == (Phase.FAILED, None)
    assert [entry.outcome for entry in found.journal][:1] == ["SpecChanged"]


@pytest.mark.parametrize("phase", [Phase.PENDING, Phase.VALIDATING, Phase.EVALUATING])
def test_an_approval_that_comes_too_early_waits_to_be_heard(phase: Phase) -> None:
    asked = (control(Verb.APPROVE, "alice"),)
    known = status(phase)
    found = decided(known, SPEC, controls=asked, candidate=None).status

    assert "approve" not in found.consumed


def test_an_early_approval_counts_once_its_turn_comes() -> None:
    asked = (control(Verb.APPROVE),)
    waiting = decided(status(Phase.VALIDATING), SPEC, controls=asked).status
    found = decided(waiting, SPEC, at=after(1), controls=asked).status

    assert (waiting.phase, found.phase) == (Phase.AWAITING_APPROVAL, Phase.PROGRESSING)
