"""Validating: cheap gates, and all gates where there is no evaluation."""

from dataclasses import replace
from typing import Any

import pytest

from tests.support.promotions import (
    MLFLOW_DOWN,
    decided,
    spec,
    status,
    truth_of,
    version,
)
from windlass.domain.names import Digest
from windlass.domain.promotion.conditions import ConditionType, Truth
from windlass.domain.promotion.effects import StartEvaluation
from windlass.domain.promotion.evidence import UNSEEN
from windlass.domain.promotion.spec import Approval, EvaluationSpec, Gate
from windlass.domain.promotion.status import Phase

VALIDATING = status(Phase.VALIDATING)
APPROVAL = Approval(required=True)
EVALUATION = EvaluationSpec(dataset="s3://windlass/datasets/pm/holdout")
ONE, OTHER = Digest("sha256:1"), Digest("sha256:2")


def measured(number: str, f1: float, dataset: Digest | None = ONE) -> Any:
    return version(number, metrics={"f1": f1}, dataset_digest=dataset)


@pytest.mark.parametrize(
    "gate",
    [
        Gate(metric="f1", threshold=0.5),
        Gate(metric="f1", threshold=0.5, tolerance=0.9),
        Gate(metric="f1", threshold=0.3, greater_is_better=False),
    ],
)
def test_a_missed_threshold_refuses_before_any_evaluation(gate: Gate) -> None:
    wanted = spec(gates=(gate,), evaluation=EVALUATION)
    decision = decided(VALIDATING, wanted, candidate=measured("7", 0.4))

    assert not isinstance(decision.effect, StartEvaluation)
    assert (decision.status.phase, decision.status.reason) == (Phase.FAILED, "GateFailed")
    assert len(decision.status.gates) == 1
    assert truth_of(decision.status, ConditionType.VALIDATED) is Truth.FALSE


@pytest.mark.parametrize(
    "gate",
    [
        Gate(metric="f1", threshold=0.3),
        Gate(metric="f1", threshold=0.5, dry_run=True),
        Gate(metric="latency_ms", threshold=5, greater_is_better=False),
        Gate(metric="f1", min_absolute_change=0.9),
    ],
)
def test_whatever_may_still_pass_is_evaluated(gate: Gate) -> None:
    wanted = spec(gates=(gate,), evaluation=EVALUATION)
    decision = decided(VALIDATING, wanted, candidate=measured("7", 0.4))

    assert decision.status.phase is Phase.EVALUATING
    assert isinstance(decision.effect, StartEvaluation)
    assert truth_of(decision.status, ConditionType.VALIDATED) is Truth.TRUE


@pytest.mark.parametrize(
    ("candidate", "champion", "phase", "reason"),
    [
        (measured("7", 0.8), measured("6", 0.8), Phase.AWAITING_APPROVAL, "AwaitingApproval"),
        (measured("7", 0.7), measured("6", 0.8), Phase.FAILED, "GateFailed"),
        (
            measured("7", 0.8),
            measured("6", 0.8, OTHER),
            Phase.FAILED,
            "InconclusiveEvidence",
        ),
        (measured("7", 0.8), measured("6", 0.8, None), Phase.FAILED, "InconclusiveEvidence"),
        (measured("7", 0.8, None), measured("6", 0.8, None), Phase.FAILED, "InconclusiveEvidence"),
        (measured("7", 0.8), None, Phase.FAILED, "InconclusiveEvidence"),
        (measured("7", 0.8), measured("5", 0.1), Phase.FAILED, "InconclusiveEvidence"),
        (
            version("7", dataset_digest=ONE),
            measured("6", 0.8),
            Phase.FAILED,
            "GateFailed",
        ),
        (
            measured("7", 0.8),
            version("6", dataset_digest=ONE),
            Phase.FAILED,
            "InconclusiveEvidence",
        ),
    ],
)
def test_without_evaluation_a_comparison_counts_on_the_same_data_only(
    candidate: Any, champion: Any, phase: Phase, reason: str
) -> None:
    wanted = spec(gates=(Gate(metric="f1", tolerance=0.01),), approval=APPROVAL)
    found = decided(VALIDATING, wanted, candidate=candidate, champion=champion).status

    assert (found.phase, found.reason) == (phase, reason)


def test_a_first_model_has_nothing_to_be_compared_with() -> None:
    wanted = spec(gates=(Gate(metric="f1", tolerance=0.01),), approval=APPROVAL)
    first = replace(VALIDATING, champion=None)
    found = decided(first, wanted, candidate=measured("7", 0.8, None), champion=None).status

    assert found.phase is Phase.AWAITING_APPROVAL


def test_without_gates_there_is_nothing_to_fail() -> None:
    found = decided(VALIDATING, spec(approval=APPROVAL)).status

    assert found.phase is Phase.AWAITING_APPROVAL
    assert truth_of(found, ConditionType.EVALUATED) is Truth.TRUE


def test_a_candidate_that_was_deleted_meanwhile_fails_it() -> None:
    found = decided(VALIDATING, candidate=None).status

    assert (found.phase, found.reason) == (Phase.FAILED, "CandidateNotFound")


@pytest.mark.parametrize("seen", [{"candidate": MLFLOW_DOWN}, {"champion": MLFLOW_DOWN}])
def test_a_silent_registry_changes_nothing(seen: dict[str, Any]) -> None:
    found = decided(VALIDATING, **seen).status

    assert (found.phase, found.reason) == (Phase.VALIDATING, "SystemUnavailable")


@pytest.mark.parametrize("seen", [{"candidate": UNSEEN}, {"champion": UNSEEN}])
def test_what_was_not_looked_at_is_looked_at_next(seen: dict[str, Any]) -> None:
    decision = decided(VALIDATING, **seen)

    assert decision.status.stalled is None
    assert decision.status.faulted_at is None
    assert decision.again_at is not None
