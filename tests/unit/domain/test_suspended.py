"""Suspend: nothing goes on and no clock runs, but a way back always does."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.support.promotions import (
    NOW,
    SPEC,
    after,
    approval,
    before,
    control,
    counted,
    decided,
    report,
    result,
    routing,
    served,
    spec,
    status,
    step_status,
    subject,
    version,
)
from windlass.domain.promotion.controls import Verb
from windlass.domain.promotion.effects import ApplyRouting, SetAlias, StartEvaluation
from windlass.domain.promotion.spec import Approval, EvaluationSpec
from windlass.domain.promotion.status import Ending, EvaluationStatus, Phase
from windlass.domain.promotion.view import fingerprint

EVALUATION = EvaluationSpec(dataset="s3://windlass/d", timeout=timedelta(minutes=30))
RUNNING = spec(evaluation=EVALUATION)
SUSPENDED = spec(evaluation=EVALUATION, suspend=True)
TEN = routing("6", "7", weight=10)
AT_STEP = status(
    Phase.PROGRESSING,
    routed=True,
    rollout=step_status(1, started=before(30)),
    progressed_at=before(30),
)


def canary(**counts: Any) -> dict[str, Any]:
    return {"routing": TEN, "reports": (report(TEN, versions=counted("7", **counts)),)}


@pytest.mark.parametrize(
    ("known", "seen"),
    [
        (status(Phase.PENDING), {}),
        (status(Phase.VALIDATING), {}),
        (status(Phase.EVALUATING), {}),
        (
            status(
                Phase.EVALUATING,
                evaluation=EvaluationStatus(
                    deployment="score-versions/score-versions", key="k", started_at=before(9)
                ),
            ),
            {"result": result()},
        ),
        (status(Phase.AWAITING_APPROVAL), {}),
        (status(Phase.PROGRESSING), {}),
        (AT_STEP, canary(requests=500)),
        (status(Phase.PROMOTING), served(routing("7"))),
        (status(Phase.SOAKING), {"champion": version("7"), **served(routing("7"))}),
    ],
)
def test_everything_stays_as_it_is(known: Any, seen: dict[str, Any]) -> None:
    decision = decided(known, SUSPENDED, **seen)

    assert decision.effect is None
    assert (decision.status.phase, decision.status.reason) == (known.phase, "Suspended")
    assert decision.status.paused_at == NOW


def test_the_moment_it_was_suspended_stays() -> None:
    once = decided(AT_STEP, SUSPENDED, **canary()).status

    assert decided(once, SUSPENDED, at=after(60), **canary()).status.paused_at == NOW


@pytest.mark.parametrize("hours", [1, 1_000])
def test_the_time_of_a_suspension_does_not_count(hours: int) -> None:
    paused = decided(AT_STEP, SUSPENDED, **canary(requests=10)).status
    resumed = NOW + timedelta(hours=hours)
    found = decided(paused, RUNNING, at=resumed, **canary(requests=10)).status

    assert (found.phase, found.paused_at) == (Phase.PROGRESSING, None)
    assert found.progressed_at == resumed - timedelta(seconds=30)
    assert found.rollout is not None
    assert found.rollout.started_at == resumed - timedelta(seconds=30)


def test_the_time_of_a_suspension_does_not_count_for_an_evaluation() -> None:
    running = EvaluationStatus(
        deployment="score-versions/score-versions", key="k", started_at=before(29 * 60)
    )
    known = status(Phase.EVALUATING, evaluation=running)
    paused = decided(known, SUSPENDED).status
    found = decided(paused, RUNNING, at=after(3600)).status

    assert found.phase is Phase.EVALUATING
    assert found.evaluation is not None
    assert found.evaluation.started_at == after(3600 - 29 * 60)


def test_a_long_suspension_brings_no_deadline_near() -> None:
    held = replace(AT_STEP, rollout=step_status(1, started=before(960)), progressed_at=before(960))
    paused = decided(held, SUSPENDED, **canary(requests=10)).status

    assert decided(paused, SUSPENDED, at=after(9_999), **canary(requests=10)).status.phase is (
        Phase.PROGRESSING
    )


def test_a_bad_canary_is_taken_back_all_the_same() -> None:
    paused = decided(AT_STEP, SUSPENDED, **canary()).status
    decision = decided(paused, SUSPENDED, at=after(60), **canary(requests=10, errors=4))

    assert isinstance(decision.effect, ApplyRouting)
    assert decision.status.phase is Phase.ROLLING_BACK


def test_bad_evidence_in_the_soak_takes_it_back_all_the_same() -> None:
    seven = routing("7")
    seen: dict[str, Any] = {
        "champion": version("7"),
        "routing": seven,
        "reports": (report(seven, versions=counted("7", requests=10, errors=4)),),
    }

    assert isinstance(decided(status(Phase.SOAKING), SUSPENDED, **seen).effect, ApplyRouting)


def test_a_way_back_goes_on_and_ends() -> None:
    back = status(
        Phase.ROLLING_BACK,
        routed=True,
        alias_moved=True,
        ending=Ending(phase=Phase.ROLLED_BACK, reason="SoakFailed", message=""),
    )
    seen = served(routing("6"))
    first = decided(back, SUSPENDED, champion=version("7"), **seen)
    second = decided(first.status, SUSPENDED, champion=version("6"), **seen)

    assert isinstance(first.effect, SetAlias)
    assert (second.status.phase, second.status.paused_at) == (Phase.ROLLED_BACK, None)


@pytest.mark.parametrize("verb", [Verb.ABORT, Verb.ROLLBACK, Verb.REJECT])
def test_it_can_be_ended_by_hand(verb: Verb) -> None:
    paused = decided(AT_STEP, SUSPENDED, **canary()).status
    decision = decided(paused, SUSPENDED, controls=(control(verb),), **canary())

    assert isinstance(decision.effect, ApplyRouting)
    assert decision.status.phase is Phase.ROLLING_BACK


def test_it_can_be_deleted() -> None:
    decision = decided(AT_STEP, SUSPENDED, subject=subject(deleted=True), **canary())

    assert isinstance(decision.effect, ApplyRouting)


@pytest.mark.parametrize("phase", [Phase.PENDING, Phase.EVALUATING, Phase.FAILED])
def test_a_retry_waits_at_the_beginning(phase: Phase) -> None:
    decision = decided(status(phase), SUSPENDED, controls=(control(Verb.RETRY),))

    assert not isinstance(decision.effect, StartEvaluation)
    assert (decision.status.phase, decision.status.attempt) == (Phase.PENDING, 2)


def test_a_changed_spec_returns_routing_and_waits_at_the_beginning() -> None:
    known = replace(AT_STEP, analysed=fingerprint(SPEC))
    first = decided(known, SUSPENDED, **canary())
    found = decided(first.status, SUSPENDED, **served(routing("6")))

    assert isinstance(first.effect, ApplyRouting)
    assert (found.effect, found.status.phase) == (None, Phase.PENDING)


def test_what_a_new_server_counts_while_suspended_counts_after_it() -> None:
    late = report(TEN, "pod-9", started=before(5), versions=counted("7", requests=100, errors=40))
    canary_now: dict[str, Any] = {
        "routing": TEN,
        "reports": (report(TEN, versions=counted("7")), late),
    }

    paused = decided(AT_STEP, SUSPENDED, **canary_now).status
    resumed = decided(paused, RUNNING, at=after(60), **canary_now).status

    assert paused.rollout is not None
    assert paused.rollout.baselines["pod-9"].errors == 0
    assert (resumed.phase, resumed.reason) == (Phase.ROLLING_BACK, "CanaryFailed")


def test_suspending_alone_is_no_change_of_what_was_analysed() -> None:
    known = replace(AT_STEP, analysed=fingerprint(RUNNING))

    assert decided(known, SUSPENDED, **canary()).status.phase is Phase.PROGRESSING


def test_an_approval_given_meanwhile_is_kept() -> None:
    known = status(Phase.AWAITING_APPROVAL)
    found = decided(known, SUSPENDED, controls=(control(Verb.APPROVE),)).status

    assert found.phase is Phase.AWAITING_APPROVAL
    assert found.approval is not None


@pytest.mark.parametrize("suspended", [True, False])
@pytest.mark.parametrize("phase", [Phase.AWAITING_APPROVAL, Phase.PROGRESSING, Phase.PROMOTING])
def test_an_approval_outlives_a_suspension(phase: Phase, suspended: bool) -> None:
    wanted = replace(RUNNING, approval=Approval(required=True), suspend=suspended)
    known = status(phase, approval=approval(), analysed=fingerprint(wanted))
    found = decided(known, wanted, subject=subject(generation=4), **served(routing("6"))).status

    if suspended:
        assert (found.phase, found.reason) == (phase, "Suspended")
    else:
        assert found.phase is (Phase.PROMOTING if phase is Phase.PROMOTING else Phase.PROGRESSING)
    assert found.approval == approval()


def test_an_approval_of_another_spec_does_not_count() -> None:
    wanted = replace(RUNNING, approval=Approval(required=True))
    known = status(Phase.PROMOTING, approval=approval(), analysed=fingerprint(RUNNING))
    found = decided(known, wanted, subject=subject(generation=4), **served(routing("7"))).status

    assert found.ending is not None
    assert found.ending.reason in ("ApprovalVoid", "SpecChanged")
