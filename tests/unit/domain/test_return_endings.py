"""RollingBack: what it leads to, and the evaluation it stops."""

from dataclasses import replace
from typing import Any

import pytest

from tests.support.promotions import (
    PREFECT_DOWN,
    SPEC,
    before,
    decided,
    digest,
    routing,
    served,
    status,
    subject,
    truth_of,
)
from windlass.domain.names import FlowRunId
from windlass.domain.promotion.conditions import ConditionType, Truth
from windlass.domain.promotion.effects import (
    CancelEvaluation,
)
from windlass.domain.promotion.evaluation import FlowRun, FlowRunState
from windlass.domain.promotion.evidence import UNSEEN
from windlass.domain.promotion.spec import (
    Consumer,
    PrefectBlockConsumer,
    RedisConsumer,
)
from windlass.domain.promotion.status import (
    Ending,
    EvaluationStatus,
    Phase,
    PromotionStatus,
    Told,
)

REDIS = Consumer(redis=RedisConsumer(key="eta:settings"))


BLOCK = Consumer(prefect_block=PrefectBlockConsumer(name="eta-runtime/prod"))


TOLD = (Told(consumer=REDIS, previous="pump-failure/6"), Told(consumer=BLOCK, previous=None))


BACK = served(routing("6", held=(digest("7"),)))


WITHOUT_HOLD = served(routing("6"))


def returning(
    phase: Phase = Phase.ROLLED_BACK, *, hold: bool = True, **changes: Any
) -> PromotionStatus:
    fields: dict[str, Any] = {
        "ending": Ending(phase=phase, reason="CanaryFailed", message="3 errors", hold=hold),
        "routed": True,
        "alias_moved": True,
        "told": TOLD,
    }
    return status(Phase.ROLLING_BACK, **{**fields, **changes})


ROUTING_ONLY = returning(alias_moved=False, told=())


RUNNING = EvaluationStatus(
    deployment="score-versions/score-versions", key="k", started_at=before(60)
)


def flow_run(state: FlowRunState) -> FlowRun:
    return FlowRun(id=FlowRunId("r-1"), state=state)


def test_a_running_evaluation_is_cancelled_until_that_was_done() -> None:
    known = returning(
        Phase.ABORTED, hold=False, routed=False, alias_moved=False, told=(), evaluation=RUNNING
    )
    under_way = flow_run(FlowRunState.RUNNING)
    first = decided(known, flow_run=under_way)
    killed = decided(first.status, flow_run=under_way)
    second = decided(first.status, flow_run=under_way, performed=first.effect)

    assert first.effect == CancelEvaluation(flow_run=FlowRunId("r-1"))
    assert killed.effect == first.effect
    assert second.status.phase is Phase.ABORTED


@pytest.mark.parametrize(
    "seen", [None, PREFECT_DOWN, flow_run(FlowRunState.COMPLETED), flow_run(FlowRunState.CRASHED)]
)
def test_nobody_waits_for_prefect_to_cancel(seen: Any) -> None:
    known = returning(
        Phase.ABORTED, hold=False, routed=False, alias_moved=False, told=(), evaluation=RUNNING
    )

    assert decided(known, flow_run=seen).status.phase is Phase.ABORTED


def test_a_way_back_may_lead_to_a_new_beginning() -> None:
    known = returning(Phase.PENDING, hold=False, alias_moved=False, told=(), attempt=2)
    found = decided(known, candidate=UNSEEN, **WITHOUT_HOLD).status

    assert found.phase is Phase.PENDING
    assert (found.attempt, found.candidate, found.champion) == (2, known.candidate, None)
    assert (found.ending, found.gates, found.rollout, found.approval) == (None, (), None, None)


def test_a_new_beginning_forgets_what_the_last_analysis_found() -> None:
    wanted = SPEC
    approved = decided(status(Phase.AWAITING_APPROVAL), wanted).status
    known = replace(
        approved,
        phase=Phase.ROLLING_BACK,
        ending=Ending(phase=Phase.PENDING, reason="Retry", message=""),
    )
    found = decided(known, candidate=UNSEEN, **WITHOUT_HOLD).status

    assert truth_of(approved, ConditionType.APPROVED) is Truth.TRUE
    assert truth_of(found, ConditionType.APPROVED) is None
    assert truth_of(found, ConditionType.RECONCILING) is Truth.TRUE


def test_an_ending_that_got_lost_is_an_error() -> None:
    known = replace(ROUTING_ONLY, ending=None)

    assert decided(known, **WITHOUT_HOLD).status.phase is Phase.ERRORED


def test_deletion_does_not_disturb_a_way_back() -> None:
    found = decided(ROUTING_ONLY, held="it is", subject=subject(deleted=True), **BACK).status

    assert (found.phase, found.reason) == (Phase.ROLLED_BACK, "CanaryFailed")
