"""What each control brings about, in every phase."""

from dataclasses import replace

import pytest

from tests.support.asking import DOCUMENTS, WANTED, asked, in_phase
from tests.support.promotions import (
    SPEC,
    control,
    counted,
    decided,
    digest,
    reference,
    report,
    routing,
    served,
)
from windlass.domain.names import FlowRunId
from windlass.domain.promotion.controls import Verb
from windlass.domain.promotion.effects import (
    ApplyRouting,
    CancelEvaluation,
    ClearControls,
    StartEvaluation,
)
from windlass.domain.promotion.evaluation import FlowRun, FlowRunState
from windlass.domain.promotion.evidence import UNSEEN
from windlass.domain.promotion.spec import EvaluationSpec
from windlass.domain.promotion.status import (
    Ending,
    EvaluationStatus,
    Phase,
    PromotionStatus,
)

OPEN = (
    Phase.PENDING,
    Phase.VALIDATING,
    Phase.EVALUATING,
    Phase.AWAITING_APPROVAL,
    Phase.PROGRESSING,
    Phase.PROMOTING,
)
ENDED = (Phase.FAILED, Phase.ERRORED, Phase.ROLLED_BACK, Phase.ABORTED, Phase.SUPERSEDED)


def answer_to(found: PromotionStatus, verb: Verb) -> str:
    return next(e.outcome for e in found.journal if e.step == verb.capitalize())


@pytest.mark.parametrize(
    ("verb", "phases", "outcome", "phase"),
    [
        (Verb.ABORT, OPEN[:4], "Accepted", Phase.ABORTED),
        (
            Verb.ABORT,
            (Phase.PROGRESSING, Phase.PROMOTING, Phase.SOAKING),
            "Accepted",
            Phase.ROLLING_BACK,
        ),
        (Verb.ABORT, (Phase.ROLLING_BACK,), "Refused", Phase.ROLLING_BACK),
        (Verb.REJECT, OPEN[:4], "Accepted", Phase.ABORTED),
        (Verb.REJECT, (Phase.PROGRESSING, Phase.PROMOTING), "Accepted", Phase.ROLLING_BACK),
        (Verb.REJECT, (Phase.ROLLING_BACK,), "Refused", Phase.ROLLING_BACK),
        (Verb.REJECT, (Phase.SOAKING,), "Refused", Phase.SOAKING),
        (Verb.ROLLBACK, OPEN[:4], "Accepted", Phase.ABORTED),
        (
            Verb.ROLLBACK,
            (Phase.PROGRESSING, Phase.PROMOTING, Phase.SOAKING),
            "Accepted",
            Phase.ROLLING_BACK,
        ),
        (Verb.ROLLBACK, (Phase.SUCCEEDED,), "Accepted", Phase.ROLLING_BACK),
        (Verb.ROLLBACK, (Phase.ROLLING_BACK,), "Refused", Phase.ROLLING_BACK),
        (Verb.RETRY, OPEN[:4], "Accepted", Phase.PENDING),
        (Verb.RETRY, (Phase.PROGRESSING, Phase.PROMOTING), "Accepted", Phase.ROLLING_BACK),
        (Verb.RETRY, ENDED, "Accepted", Phase.PENDING),
        (Verb.RETRY, (Phase.SOAKING,), "Refused", Phase.SOAKING),
        (Verb.RETRY, (Phase.ROLLING_BACK,), "Refused", Phase.ROLLING_BACK),
        (Verb.RETRY, (Phase.SUCCEEDED,), "Refused", Phase.SUCCEEDED),
        (Verb.APPROVE, (Phase.SOAKING,), "Refused", Phase.SOAKING),
        (Verb.APPROVE, (Phase.ROLLING_BACK,), "Refused", Phase.ROLLING_BACK),
        (Verb.HOLD, OPEN[:4], "Accepted", Phase.PENDING),
        (Verb.HOLD, (Phase.PROGRESSING, Phase.PROMOTING), "Accepted", Phase.ROLLING_BACK),
        (Verb.HOLD, (Phase.SOAKING,), "Accepted", Phase.SOAKING),
        (Verb.HOLD, (Phase.ROLLING_BACK,), "Accepted", Phase.ROLLING_BACK),
        (Verb.HOLD, (Phase.SUCCEEDED,), "Accepted", Phase.SUCCEEDED),
        (Verb.RELEASE, (Phase.SOAKING,), "Accepted", Phase.SOAKING),
        (Verb.RELEASE, (Phase.SUCCEEDED,), "Accepted", Phase.SUCCEEDED),
        (Verb.REFRESH, (Phase.SOAKING,), "Accepted", Phase.SOAKING),
        (Verb.REFRESH, (Phase.SUCCEEDED,), "Accepted", Phase.SUCCEEDED),
    ],
)
def test_a_control_is_answered_and_journaled(
    verb: Verb, phases: tuple[Phase, ...], outcome: str, phase: Phase
) -> None:
    for where in phases:
        # a way back waits here: the servers still obey the document of the phase
        lagging = (report(routing("6", generation=1)),)
        found = asked(verb, where, reports=lagging, held=UNSEEN).status

        assert (found.phase, answer_to(found, verb)) == (phase, outcome), where
        assert found.consumed == {verb.value: "bob 2"}


@pytest.mark.parametrize("verb", [Verb.ABORT, Verb.REJECT, Verb.ROLLBACK, Verb.APPROVE])
@pytest.mark.parametrize("phase", ENDED)
def test_an_end_is_changed_by_no_other_control(verb: Verb, phase: Phase) -> None:
    found = asked(verb, phase).status

    assert (found.phase, answer_to(found, verb)) == (phase, "Refused")


@pytest.mark.parametrize("verb", [Verb.ABORT, Verb.REJECT])
def test_a_success_is_rolled_back_not_aborted(verb: Verb) -> None:
    assert asked(verb, Phase.SUCCEEDED).status.phase is Phase.SUCCEEDED


@pytest.mark.parametrize("verb", [Verb.ABORT, Verb.REJECT, Verb.ROLLBACK, Verb.RETRY, Verb.HOLD])
@pytest.mark.parametrize("phase", [Phase.PROGRESSING, Phase.PROMOTING])
def test_routing_returns_in_the_same_decision(verb: Verb, phase: Phase) -> None:
    decision = asked(verb, phase)
    held = (digest("7"),) if verb in (Verb.ROLLBACK, Verb.HOLD) else ()

    assert decision.effect == ApplyRouting(
        model=SPEC.model, routing=routing("6", generation=6, held=held)
    )


@pytest.mark.parametrize(
    ("verb", "phase", "hold"),
    [(Verb.ABORT, Phase.ABORTED, False), (Verb.ROLLBACK, Phase.ROLLED_BACK, True)],
)
def test_a_way_back_to_a_new_beginning_can_be_ended(verb: Verb, phase: Phase, hold: bool) -> None:
    again = Ending(phase=Phase.PENDING, reason="SpecChanged", message="")
    back = replace(in_phase(Phase.ROLLING_BACK), ending=again)
    found = decided(
        back, controls=(control(verb),), held="it is", **served(routing("6", held=(digest("7"),)))
    ).status

    assert found.ending is not None
    assert (found.ending.phase, found.ending.by, found.ending.hold) == (phase, "bob", hold)


def test_an_abort_cancels_the_running_evaluation() -> None:
    wanted = replace(WANTED, evaluation=EvaluationSpec(dataset="s3://windlass/d"))
    running = replace(
        in_phase(Phase.EVALUATING),
        evaluation=EvaluationStatus(deployment="score-versions/score-versions", key="k"),
    )
    run = FlowRun(id=FlowRunId("r-1"), state=FlowRunState.RUNNING)
    decision = decided(running, wanted, controls=(control(Verb.ABORT),), flow_run=run)

    assert decision.effect == CancelEvaluation(flow_run=FlowRunId("r-1"))


def test_a_retry_counts_the_attempt_before_anything_else() -> None:
    decision = asked(Verb.RETRY, Phase.FAILED)

    assert (decision.status.attempt, decision.status.phase) == (2, Phase.PENDING)
    assert not isinstance(decision.effect, StartEvaluation)


def test_a_retried_one_is_no_longer_finished() -> None:
    found = asked(Verb.RETRY, Phase.ROLLED_BACK).status

    assert (found.finished_at, found.ending, found.notified) == (None, None, None)
    assert found.candidate == reference("7")


def test_safety_comes_first_where_several_are_asked() -> None:
    both = (control(Verb.APPROVE), control(Verb.ABORT, "eve"))
    found = decided(in_phase(Phase.AWAITING_APPROVAL), WANTED, controls=both).status

    assert found.phase is Phase.ABORTED


def test_a_consumed_control_is_cleared_and_not_acted_upon_again() -> None:
    refreshed = replace(in_phase(Phase.AWAITING_APPROVAL), consumed={"refresh": "bob 2"})
    decision = decided(refreshed, WANTED, controls=(control(Verb.REFRESH),))

    assert decision.effect == ClearControls(verbs=(Verb.REFRESH,))
    assert decision.status.journal == ()


def test_a_control_whose_annotation_is_gone_can_be_asked_again() -> None:
    aborted = replace(in_phase(Phase.ABORTED), consumed={"retry": "bob 2"})
    cleared = decided(aborted).status
    again = decided(cleared, controls=(control(Verb.RETRY),), candidate=UNSEEN).status

    assert cleared.consumed == {}
    assert again.phase is Phase.PENDING


def test_another_person_can_ask_before_the_first_is_cleared() -> None:
    aborted = replace(in_phase(Phase.FAILED), consumed={"retry": "bob 2"})
    found = decided(aborted, controls=(control(Verb.RETRY, "eve"),), candidate=UNSEEN).status

    assert (found.phase, found.consumed) == (Phase.PENDING, {"retry": "eve 2"})


def test_an_approval_of_what_is_rolled_out_already_is_refused() -> None:
    document = DOCUMENTS[Phase.PROGRESSING]
    reports = (report(document, versions=counted("7")),)
    found = asked(Verb.APPROVE, Phase.PROGRESSING, reports=reports).status

    assert answer_to(found, Verb.APPROVE) == "Refused"
