"""Evaluating: the flow run, its attempts, its result and what the gates make of it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.support.promotions import (
    MLFLOW_DOWN,
    NOW,
    PREFECT_DOWN,
    after,
    before,
    decided,
    digest,
    result,
    scores,
    spec,
    status,
    truth_of,
)
from windlass.domain.names import FlowRunId
from windlass.domain.promotion.conditions import ConditionType, Truth
from windlass.domain.promotion.effects import CancelEvaluation, RecordOutcome, StartEvaluation
from windlass.domain.promotion.evaluation import FlowRun, FlowRunState
from windlass.domain.promotion.evidence import UNSEEN
from windlass.domain.promotion.gates import Verdict
from windlass.domain.promotion.spec import Approval, EvaluationSpec, Gate
from windlass.domain.promotion.status import EvaluationStatus, Phase

SPEC = spec(
    evaluation=EvaluationSpec(
        deployment="score-versions/score-versions",
        dataset="s3://windlass/datasets/pm/holdout",
        timeout=timedelta(minutes=30),
    ),
    gates=(Gate(metric="f1", tolerance=0.01),),
    approval=Approval(required=True),
)
NEW = status(Phase.EVALUATING)
KNOWING = scores("6", seen_in_training=True)


def running(attempt: int = 1, started: float = 60, **changes: Any) -> Any:
    evaluation = EvaluationStatus(
        deployment="score-versions/score-versions",
        key=f"u-7-2-1-{attempt}",
        attempt=attempt,
        started_at=before(started),
        flow_run_id=FlowRunId("run-1"),
    )
    return replace(NEW, evaluation=replace(evaluation, **changes))


def flow_run(state: FlowRunState, message: str = "") -> FlowRun:
    return FlowRun(
        id=FlowRunId("run-1"), state=state, message=message, url="http://prefect/runs/run-1"
    )


def test_it_starts_a_flow_run_with_a_key_of_its_own() -> None:
    decision = decided(NEW, SPEC)

    assert decision.effect == StartEvaluation(
        deployment="score-versions/score-versions",
        key="u-7-2-1-1",
        parameters={
            "model": "pump-failure",
            "candidate": "7",
            "champion": "6",
            "dataset": "s3://windlass/datasets/pm/holdout",
            "key": "u-7-2-1-1",
        },
    )
    assert decision.status.evaluation == EvaluationStatus(
        deployment="score-versions/score-versions", key="u-7-2-1-1", started_at=NOW
    )
    assert decision.status.intent is not None
    assert (decision.status.intent.step, decision.status.intent.to) == (
        "StartEvaluation",
        "u-7-2-1-1",
    )


def test_without_a_champion_the_candidate_is_scored_alone() -> None:
    decision = decided(replace(NEW, champion=None), SPEC)

    assert isinstance(decision.effect, StartEvaluation)
    assert decision.effect.parameters["champion"] is None


def test_a_retried_promotion_asks_for_another_flow_run() -> None:
    decision = decided(replace(NEW, attempt=3), SPEC)

    assert isinstance(decision.effect, StartEvaluation)
    assert decision.effect.key == "u-7-2-3-1"


def test_a_flow_run_that_is_nowhere_is_started_under_the_same_key() -> None:
    decision = decided(running(attempt=2), SPEC)

    assert isinstance(decision.effect, StartEvaluation)
    assert decision.effect.key == "u-7-2-1-2"
    assert decision.status.evaluation is not None
    assert decision.status.evaluation.started_at == before(60)


@pytest.mark.parametrize("state", [FlowRunState.PENDING, FlowRunState.RUNNING])
def test_it_follows_a_flow_run_that_is_under_way(state: FlowRunState) -> None:
    decision = decided(running(), SPEC, flow_run=flow_run(state))

    assert decision.effect is None
    assert (decision.status.phase, decision.status.reason) == (Phase.EVALUATING, "Evaluating")
    assert decision.status.evaluation is not None
    assert decision.status.evaluation.flow_run_url == "http://prefect/runs/run-1"
    assert decision.again_at == after(1)


@pytest.mark.parametrize(("ago", "is_waited_for"), [(0, True), (29, True), (31, False)])
def test_the_result_of_a_run_that_completed_may_be_seen_late(
    ago: float, is_waited_for: bool
) -> None:
    ended = replace(flow_run(FlowRunState.COMPLETED), ended_at=before(ago))
    decision = decided(running(), SPEC, flow_run=ended)

    assert (decision.effect is None) == is_waited_for
    crashed = decided(running(), SPEC, flow_run=replace(ended, state=FlowRunState.CRASHED))
    assert isinstance(crashed.effect, StartEvaluation)


@pytest.mark.parametrize(
    "state", [FlowRunState.CRASHED, FlowRunState.FAILED, FlowRunState.COMPLETED]
)
@pytest.mark.parametrize("attempt", [1, 2])
def test_a_flow_run_without_a_result_is_tried_again(state: FlowRunState, attempt: int) -> None:
    decision = decided(running(attempt), SPEC, flow_run=flow_run(state))

    assert isinstance(decision.effect, StartEvaluation)
    assert decision.effect.key == f"u-7-2-1-{attempt + 1}"
    assert decision.status.evaluation == EvaluationStatus(
        deployment="score-versions/score-versions",
        key=f"u-7-2-1-{attempt + 1}",
        attempt=attempt + 1,
        started_at=NOW,
    )


@pytest.mark.parametrize(
    ("attempt", "state", "text", "message"),
    [
        (3, FlowRunState.CRASHED, "OOMKilled", "ended Crashed: OOMKilled;"),
        (3, FlowRunState.COMPLETED, "", "ended Completed: it left no result;"),
        (1, FlowRunState.CANCELLED, "by eve", "ended Cancelled: by eve;"),
    ],
)
def test_after_the_third_or_when_cancelled_it_ends_errored(
    attempt: int, state: FlowRunState, text: str, message: str
) -> None:
    decision = decided(running(attempt), SPEC, flow_run=flow_run(state, text))

    assert isinstance(decision.effect, RecordOutcome)
    assert (decision.status.phase, decision.status.reason) == (Phase.ERRORED, "EvaluationFailed")
    assert message in decision.status.message
    assert "windlass promotions retry" in decision.status.message


def test_past_its_timeout_the_flow_run_is_cancelled_and_it_ends_errored() -> None:
    under_way = flow_run(FlowRunState.RUNNING)
    decision = decided(running(started=30 * 60 + 1), SPEC, flow_run=under_way)

    assert decision.effect == CancelEvaluation(flow_run=FlowRunId("run-1"))
    assert (decision.status.phase, decision.status.reason) == (
        Phase.ROLLING_BACK,
        "EvaluationTimeout",
    )
    effect = decision.effect
    ended = decided(decision.status, SPEC, flow_run=under_way, performed=effect).status
    assert (ended.phase, ended.reason) == (Phase.ERRORED, "EvaluationTimeout")


def test_a_result_counts_however_late_it_is() -> None:
    found = decided(running(started=9_999), SPEC, result=result()).status

    assert found.phase is Phase.AWAITING_APPROVAL


@pytest.mark.parametrize(
    ("found", "phase", "reason", "verdict"),
    [
        (result(), Phase.AWAITING_APPROVAL, "AwaitingApproval", Verdict.PASSED),
        (
            result(candidate=scores("7", metrics={"f1": 0.7})),
            Phase.FAILED,
            "GateFailed",
            Verdict.FAILED,
        ),
        (result(candidate=scores("7", metrics={})), Phase.FAILED, "GateFailed", Verdict.FAILED),
        (
            result(candidate=scores("7", seen_in_training=True)),
            Phase.FAILED,
            "InconclusiveEvidence",
            Verdict.INCONCLUSIVE,
        ),
        (
            result(champion=scores("6", problem="its bundle was altered")),
            Phase.FAILED,
            "InconclusiveEvidence",
            Verdict.INCONCLUSIVE,
        ),
        (
            result(champion=scores("6", metrics={})),
            Phase.FAILED,
            "InconclusiveEvidence",
            Verdict.INCONCLUSIVE,
        ),
        (
            result(candidate=scores("7", metrics={"f1": 0.7}), champion=KNOWING),
            Phase.FAILED,
            "InconclusiveEvidence",
            Verdict.INCONCLUSIVE,
        ),
        (result(champion=None), Phase.FAILED, "InconclusiveEvidence", Verdict.INCONCLUSIVE),
    ],
)
def test_the_result_is_judged(found: Any, phase: Phase, reason: str, verdict: Verdict) -> None:
    decision = decided(running(), SPEC, result=found)

    assert (decision.status.phase, decision.status.reason) == (phase, reason)
    assert [gate.verdict for gate in decision.status.gates] == [verdict]
    assert decision.status.evaluation is not None
    assert decision.status.evaluation.dataset_digest == found.dataset_digest
    assert decision.status.evaluation.finished_at == NOW


def test_rows_seen_in_training_are_named() -> None:
    seen = result(candidate=scores("7", seen_in_training=True))
    found = decided(running(), SPEC, result=seen).status

    assert found.message == "f1: the candidate has seen rows of the dataset in training"


def test_a_first_model_is_judged_by_thresholds_only() -> None:
    known = replace(running(), champion=None)
    found = decided(known, SPEC, champion=None, routing=None, result=result(champion=None)).status

    assert found.phase is Phase.AWAITING_APPROVAL
    assert truth_of(found, ConditionType.EVALUATED) is Truth.TRUE


OTHER = scores("7", bundle_digest=digest("9"))


@pytest.mark.parametrize("foreign", [result(candidate=OTHER), result(champion=scores("5"))])
def test_a_result_about_other_versions_or_bundles_is_no_verdict(foreign: Any) -> None:
    found = decided(running(), SPEC, result=foreign).status

    assert (found.phase, found.reason) == (Phase.ERRORED, "EvaluationMismatch")


def test_a_candidate_that_can_not_be_scored_fails_it() -> None:
    unusable = result(candidate=scores("7", problem="its bundle crashes the reader"))
    found = decided(running(), SPEC, result=unusable).status

    assert (found.phase, found.reason) == (Phase.FAILED, "CandidateUnusable")
    assert found.message == "its bundle crashes the reader"


@pytest.mark.parametrize(
    ("seen", "phase"),
    [
        ({"result": MLFLOW_DOWN}, Phase.EVALUATING),
        ({"flow_run": PREFECT_DOWN}, Phase.EVALUATING),
    ],
)
def test_a_silent_system_changes_nothing(seen: dict[str, Any], phase: Phase) -> None:
    known = running()
    found = decided(known, SPEC, **seen).status

    assert (found.phase, found.reason) == (phase, "SystemUnavailable")
    assert found.evaluation == known.evaluation


def test_prefect_is_not_asked_once_there_is_a_result() -> None:
    found = decided(running(), SPEC, result=result(), flow_run=PREFECT_DOWN).status

    assert found.phase is Phase.AWAITING_APPROVAL


def test_what_was_not_looked_at_is_looked_at_next() -> None:
    decision = decided(running(), SPEC, result=UNSEEN, flow_run=UNSEEN)

    assert (decision.again_at, decision.effect, decision.status.stalled) == (NOW, None, None)


def test_an_evaluation_taken_out_of_the_spec_is_not_waited_for() -> None:
    wanted = replace(SPEC, evaluation=None, gates=())
    found = decided(NEW, wanted).status

    assert found.phase is Phase.AWAITING_APPROVAL
