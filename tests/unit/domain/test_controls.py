"""What each control brings about, in every phase."""

from dataclasses import replace
from typing import Any

import pytest

from tests.support.promotions import (
    MLFLOW_DOWN,
    SPEC,
    after,
    control,
    counted,
    decided,
    digest,
    reference,
    report,
    routing,
    served,
    spec,
    status,
    step_status,
    version,
)
from windlass.domain.names import FlowRunId, Version
from windlass.domain.promotion.controls import Verb
from windlass.domain.promotion.effects import (
    ApplyRouting,
    CancelEvaluation,
    ClearControls,
    HoldVersion,
    ReleaseVersion,
    StartEvaluation,
)
from windlass.domain.promotion.evaluation import FlowRun, FlowRunState
from windlass.domain.promotion.evidence import UNSEEN
from windlass.domain.promotion.spec import Approval, EvaluationSpec
from windlass.domain.promotion.status import (
    Ending,
    EvaluationStatus,
    Mark,
    Phase,
    PromotionStatus,
)

P = Phase
OPEN = (P.PENDING, P.VALIDATING, P.EVALUATING, P.AWAITING_APPROVAL, P.PROGRESSING, P.PROMOTING)
ENDED = (P.FAILED, P.ERRORED, P.ROLLED_BACK, P.ABORTED, P.SUPERSEDED)
DOCUMENTS = {
    P.PROGRESSING: routing("6", "7", weight=10),
    P.PROMOTING: routing("7"),
    P.SOAKING: routing("7"),
    P.SUCCEEDED: routing("7"),
}
WANTED = spec(approval=Approval(required=True))


def known(phase: Phase) -> PromotionStatus:
    found = status(phase, reason="Was")
    if phase is P.PROGRESSING:
        return replace(found, routed=True, rollout=step_status(1))
    if phase is P.ROLLING_BACK:
        ending = Ending(phase=P.FAILED, reason="NoTraffic", message="")
        return replace(found, routed=True, ending=ending)
    return found


def asked(verb: Verb, phase: Phase, **changes: Any) -> Any:
    document = DOCUMENTS.get(phase, routing("6"))
    champion = version("7") if phase in (P.SOAKING, P.SUCCEEDED) else version("6")
    seen: dict[str, Any] = {"champion": champion, "candidate": UNSEEN, **served(document)}
    return decided(known(phase), WANTED, controls=(control(verb),), **{**seen, **changes})


def answer_to(found: PromotionStatus, verb: Verb) -> str:
    return next(e.outcome for e in found.journal if e.step == verb.capitalize())


@pytest.mark.parametrize(
    ("verb", "phases", "outcome", "phase"),
    [
        (Verb.ABORT, OPEN[:4], "Accepted", P.ABORTED),
        (Verb.ABORT, (P.PROGRESSING, P.PROMOTING, P.SOAKING), "Accepted", P.ROLLING_BACK),
        (Verb.ABORT, (P.ROLLING_BACK,), "Refused", P.ROLLING_BACK),
        (Verb.REJECT, OPEN[:4], "Accepted", P.ABORTED),
        (Verb.REJECT, (P.PROGRESSING, P.PROMOTING), "Accepted", P.ROLLING_BACK),
        (Verb.REJECT, (P.ROLLING_BACK,), "Refused", P.ROLLING_BACK),
        (Verb.REJECT, (P.SOAKING,), "Refused", P.SOAKING),
        (Verb.ROLLBACK, OPEN[:4], "Accepted", P.ABORTED),
        (Verb.ROLLBACK, (P.PROGRESSING, P.PROMOTING, P.SOAKING), "Accepted", P.ROLLING_BACK),
        (Verb.ROLLBACK, (P.SUCCEEDED,), "Accepted", P.ROLLING_BACK),
        (Verb.ROLLBACK, (P.ROLLING_BACK,), "Refused", P.ROLLING_BACK),
        (Verb.RETRY, OPEN[:4], "Accepted", P.PENDING),
        (Verb.RETRY, (P.PROGRESSING, P.PROMOTING), "Accepted", P.ROLLING_BACK),
        (Verb.RETRY, ENDED, "Accepted", P.PENDING),
        (Verb.RETRY, (P.SOAKING,), "Refused", P.SOAKING),
        (Verb.RETRY, (P.ROLLING_BACK,), "Refused", P.ROLLING_BACK),
        (Verb.RETRY, (P.SUCCEEDED,), "Refused", P.SUCCEEDED),
        (Verb.APPROVE, (P.SOAKING,), "Refused", P.SOAKING),
        (Verb.APPROVE, (P.ROLLING_BACK,), "Refused", P.ROLLING_BACK),
        (Verb.HOLD, OPEN[:4], "Accepted", P.PENDING),
        (Verb.HOLD, (P.PROGRESSING, P.PROMOTING), "Accepted", P.ROLLING_BACK),
        (Verb.HOLD, (P.SOAKING,), "Accepted", P.SOAKING),
        (Verb.HOLD, (P.ROLLING_BACK,), "Accepted", P.ROLLING_BACK),
        (Verb.HOLD, (P.SUCCEEDED,), "Accepted", P.SUCCEEDED),
        (Verb.RELEASE, (P.SOAKING,), "Accepted", P.SOAKING),
        (Verb.RELEASE, (P.SUCCEEDED,), "Accepted", P.SUCCEEDED),
        (Verb.REFRESH, (P.SOAKING,), "Accepted", P.SOAKING),
        (Verb.REFRESH, (P.SUCCEEDED,), "Accepted", P.SUCCEEDED),
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
    assert asked(verb, P.SUCCEEDED).status.phase is P.SUCCEEDED


@pytest.mark.parametrize("verb", [Verb.ABORT, Verb.REJECT, Verb.ROLLBACK, Verb.RETRY, Verb.HOLD])
@pytest.mark.parametrize("phase", [P.PROGRESSING, P.PROMOTING])
def test_routing_returns_in_the_same_decision(verb: Verb, phase: Phase) -> None:
    decision = asked(verb, phase)
    held = (digest("7"),) if verb in (Verb.ROLLBACK, Verb.HOLD) else ()

    assert decision.effect == ApplyRouting(
        model=SPEC.model, routing=routing("6", generation=6, held=held)
    )


@pytest.mark.parametrize("phase", [P.SOAKING, P.SUCCEEDED])
def test_a_rollback_by_hand_names_the_actor_and_sticks(phase: Phase) -> None:
    ending = asked(Verb.ROLLBACK, phase).status.ending

    assert ending == Ending(
        phase=P.ROLLED_BACK, reason="RolledBackByHand", message="by bob", by="bob", hold=True
    )


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"champion": version("8")}, "version 8 is in production now, roll that one back"),
        ({"champion": None}, "version none is in production now, roll that one back"),
        (served(routing("8")), "version 8 is in production now, roll that one back"),
        (
            {"champion": MLFLOW_DOWN, **served(routing("8"))},
            "version 8 is in production now, roll that one back",
        ),
    ],
)
def test_only_the_current_champion_can_be_rolled_back(changes: dict[str, Any], why: str) -> None:
    found = asked(Verb.ROLLBACK, P.SUCCEEDED, **changes).status

    assert found.phase is P.SUCCEEDED
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
    done = replace(known(P.SUCCEEDED), **changes)
    seen = {"champion": version("7"), **served(routing("7"))}
    found = decided(done, controls=(control(Verb.ROLLBACK),), **seen).status

    assert found.phase is P.SUCCEEDED
    assert found.journal[0].message == f"by bob: {why}"


def test_routing_says_what_is_in_production_while_the_registry_is_down() -> None:
    decision = asked(Verb.ROLLBACK, P.SUCCEEDED, champion=MLFLOW_DOWN)

    assert isinstance(decision.effect, ApplyRouting)
    assert decision.status.phase is P.ROLLING_BACK


def test_a_rollback_waits_while_nobody_can_say_what_is_in_production() -> None:
    blind = {"champion": MLFLOW_DOWN, "served": False, "routing": None, "reports": ()}
    decision = asked(Verb.ROLLBACK, P.SUCCEEDED, **blind)

    assert (decision.status.phase, decision.status.consumed) == (P.SUCCEEDED, {})


@pytest.mark.parametrize(
    ("verb", "phase", "hold"),
    [(Verb.ABORT, P.ABORTED, False), (Verb.ROLLBACK, P.ROLLED_BACK, True)],
)
def test_a_way_back_to_a_new_beginning_can_be_ended(verb: Verb, phase: Phase, hold: bool) -> None:
    again = Ending(phase=P.PENDING, reason="SpecChanged", message="")
    back = replace(known(P.ROLLING_BACK), ending=again)
    found = decided(
        back, controls=(control(verb),), held="it is", **served(routing("6", held=(digest("7"),)))
    ).status

    assert found.ending is not None
    assert (found.ending.phase, found.ending.by, found.ending.hold) == (phase, "bob", hold)


def test_an_abort_cancels_the_running_evaluation() -> None:
    wanted = replace(WANTED, evaluation=EvaluationSpec(dataset="s3://windlass/d"))
    running = replace(known(P.EVALUATING), evaluation=EvaluationStatus(key="k"))
    run = FlowRun(id=FlowRunId("r-1"), state=FlowRunState.RUNNING)
    decision = decided(running, wanted, controls=(control(Verb.ABORT),), flow_run=run)

    assert decision.effect == CancelEvaluation(flow_run=FlowRunId("r-1"))


def test_a_retry_counts_the_attempt_before_anything_else() -> None:
    decision = asked(Verb.RETRY, P.FAILED)

    assert (decision.status.attempt, decision.status.phase) == (2, P.PENDING)
    assert not isinstance(decision.effect, StartEvaluation)


def test_a_retried_one_is_no_longer_finished() -> None:
    found = asked(Verb.RETRY, P.ROLLED_BACK).status

    assert (found.finished_at, found.ending, found.notified) == (None, None, None)
    assert found.candidate == reference("7")


def test_the_evaluation_of_a_held_one_is_not_taken_up_again() -> None:
    found = asked(Verb.HOLD, P.EVALUATING).status

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
@pytest.mark.parametrize("phase", [P.SOAKING, P.SUCCEEDED, P.ROLLED_BACK, P.FAILED])
def test_a_mark_is_brought_about(verb: Verb, held: str | None, effect: Any, phase: Phase) -> None:
    assert asked(verb, phase, held=held).effect == effect


@pytest.mark.parametrize(("mark", "held"), [(Mark.HOLD, "it is"), (Mark.RELEASE, None)])
def test_a_mark_that_is_seen_is_forgotten(mark: Mark, held: str | None) -> None:
    done = replace(known(P.ROLLED_BACK), mark=mark)

    assert decided(done, held=held).status.mark is None


@pytest.mark.parametrize("phase", [P.SOAKING, P.SUCCEEDED, P.ROLLED_BACK])
def test_a_mark_is_remembered_while_the_registry_is_down(phase: Phase) -> None:
    assert asked(Verb.HOLD, phase, held=MLFLOW_DOWN).status.mark is Mark.HOLD


def test_a_release_lets_a_held_one_go_on() -> None:
    waiting = decided(status(P.PENDING), held="it is", controls=(control(Verb.RELEASE),))
    on = decided(waiting.status, held=None, at=after(1))

    assert isinstance(waiting.effect, ReleaseVersion)
    assert waiting.status.reason == "Held"
    assert on.status.phase is P.PROGRESSING


def test_safety_comes_first_where_several_are_asked() -> None:
    both = (control(Verb.APPROVE), control(Verb.ABORT, "eve"))
    found = decided(known(P.AWAITING_APPROVAL), WANTED, controls=both).status

    assert found.phase is P.ABORTED


def test_a_consumed_control_is_cleared_and_not_acted_upon_again() -> None:
    refreshed = replace(known(P.AWAITING_APPROVAL), consumed={"refresh": "bob 2"})
    decision = decided(refreshed, WANTED, controls=(control(Verb.REFRESH),))

    assert decision.effect == ClearControls(verbs=(Verb.REFRESH,))
    assert decision.status.journal == ()


def test_a_control_whose_annotation_is_gone_can_be_asked_again() -> None:
    aborted = replace(known(P.ABORTED), consumed={"retry": "bob 2"})
    cleared = decided(aborted).status
    again = decided(cleared, controls=(control(Verb.RETRY),), candidate=UNSEEN).status

    assert cleared.consumed == {}
    assert again.phase is P.PENDING


def test_another_person_can_ask_before_the_first_is_cleared() -> None:
    aborted = replace(known(P.FAILED), consumed={"retry": "bob 2"})
    found = decided(aborted, controls=(control(Verb.RETRY, "eve"),), candidate=UNSEEN).status

    assert (found.phase, found.consumed) == (P.PENDING, {"retry": "eve 2"})


def test_an_approval_of_what_is_rolled_out_already_is_refused() -> None:
    document = DOCUMENTS[P.PROGRESSING]
    reports = (report(document, versions=counted("7")),)
    found = asked(Verb.APPROVE, P.PROGRESSING, reports=reports).status

    assert answer_to(found, Verb.APPROVE) == "Refused"
