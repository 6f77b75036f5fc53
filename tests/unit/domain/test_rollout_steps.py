"""Progressing: steps of shadow and canary traffic, each with its verdict."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.support.promotions import (
    MLFLOW_DOWN,
    NOW,
    SERVING_DOWN,
    SPEC,
    STARTED,
    after,
    before,
    counted,
    decided,
    digest,
    report,
    rollout,
    routing,
    status,
    step_status,
    truth_of,
)
from windlass.domain.promotion.conditions import ConditionType, Truth
from windlass.domain.promotion.effects import ApplyRouting
from windlass.domain.promotion.gates import Verdict
from windlass.domain.promotion.spec import Limits, OnNoTraffic, PromotionSpec, Step
from windlass.domain.promotion.status import Baseline, Phase, PromotionStatus

SHADOW, TEN, FIFTY = (
    routing("6", "7", shadow=True),
    routing("6", "7", weight=10),
    routing("6", "7", weight=50),
)


def at_step(step: int, started: datetime | None = None, **changes: Any) -> PromotionStatus:
    return status(
        Phase.PROGRESSING,
        routed=True,
        rollout=step_status(step, started=started, **changes),
        progressed_at=started or NOW,
    )


def seen(document: Any, **counts: Any) -> dict[str, Any]:
    return {"routing": document, "reports": (report(document, versions=counted("7", **counts)),)}


def test_a_step_begins_when_every_server_has_acknowledged_it() -> None:
    found = decided(at_step(1), **seen(TEN, requests=40, errors=1)).status.rollout

    assert found is not None
    assert (found.step, found.weight, found.started_at) == (1, 10, NOW)
    assert found.baselines == {"pod-1": Baseline(started=STARTED, requests=40, errors=1)}


def test_until_then_it_does_not_begin() -> None:
    decision = decided(at_step(1), **seen(SHADOW))

    assert decision.effect == ApplyRouting(
        model=SPEC.model, routing=routing("6", "7", weight=10, generation=6)
    )
    assert decision.status.rollout is not None
    assert decision.status.rollout.started_at is None


def test_a_step_lasts_its_duration() -> None:
    known = at_step(1, before(59.5))
    decision = decided(known, **seen(TEN, requests=60))

    assert (decision.effect, decision.again_at) == (None, after(0.5))
    assert decision.status.rollout is not None
    assert decision.status.rollout.verdict is Verdict.PASSED
    assert decision.status.message == "step 2 of 3, weight 10 %"


@pytest.mark.parametrize(
    ("step", "document", "following"),
    [
        (0, SHADOW, routing("6", "7", weight=10, generation=6)),
        (1, TEN, routing("6", "7", weight=50, generation=6)),
        (2, FIFTY, routing("7", generation=6)),
    ],
)
def test_a_passed_step_leads_to_the_next(step: int, document: Any, following: Any) -> None:
    decision = decided(at_step(step, before(60)), **seen(document, requests=50))

    assert decision.effect == ApplyRouting(model=SPEC.model, routing=following)
    entry = next(e for e in decision.status.journal if e.step == "RolloutStep")
    assert entry.outcome == "Passed"


def test_the_last_step_leads_to_the_promotion() -> None:
    found = decided(at_step(2, before(60)), **seen(FIFTY, requests=50)).status

    assert (found.phase, found.reason) == (Phase.PROMOTING, "StepsDone")
    assert truth_of(found, ConditionType.VERIFIED) is Truth.TRUE


def test_a_bad_canary_is_taken_back_in_the_same_decision() -> None:
    decision = decided(at_step(1, before(5)), **seen(TEN, requests=10, errors=4))

    assert decision.status.phase is Phase.ROLLING_BACK
    assert decision.effect == ApplyRouting(
        model=SPEC.model, routing=routing("6", generation=6, held=(digest("7"),))
    )
    ending = decision.status.ending
    assert ending is not None
    assert (ending.phase, ending.reason, ending.hold) == (Phase.ROLLED_BACK, "CanaryFailed", True)
    assert ending.message == "4 errors in 10 requests, limit 1.00%"
    assert truth_of(decision.status, ConditionType.VERIFIED) is Truth.FALSE


def test_a_bad_canary_is_taken_back_although_the_registry_is_down() -> None:
    down: dict[str, Any] = {"champion": MLFLOW_DOWN, "held": MLFLOW_DOWN, "rivals": MLFLOW_DOWN}
    decision = decided(at_step(1, before(5)), **seen(TEN, requests=10, errors=4), **down)

    assert isinstance(decision.effect, ApplyRouting)
    assert decision.status.phase is Phase.ROLLING_BACK


def test_a_bad_canary_is_taken_back_although_a_server_lags_behind() -> None:
    lagging = report(SHADOW, "pod-2")
    bad = report(TEN, versions=counted("7", requests=10, errors=4))
    decision = decided(at_step(1, before(5)), routing=TEN, reports=(bad, lagging))

    assert decision.status.phase is Phase.ROLLING_BACK


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"suspended": True}, "pod-1 stopped sending to it: 5 failures in a row"),
        ({"candidate_problem": "out of memory"}, "pod-1: out of memory"),
    ],
)
def test_a_server_that_gave_up_on_it_ends_it(changes: dict[str, Any], reason: str) -> None:
    reports = (report(TEN, **changes),)
    found = decided(at_step(1, before(5)), routing=TEN, reports=reports).status

    assert (found.phase, found.reason) == (Phase.ROLLING_BACK, "CanaryFailed")
    assert found.ending is not None
    assert found.ending.message == reason


def test_slow_answers_fail_it() -> None:
    wanted = rollout(limits=Limits(p99_latency_ms=50))
    slow = seen(TEN, requests=20, milliseconds=[10.0] * 12 + [80.0] * 8)

    assert decided(at_step(1, before(5)), wanted, **slow).status.phase is Phase.ROLLING_BACK


def test_shifted_scores_fail_the_shadow_step() -> None:
    wanted = rollout(limits=Limits(max_score_shift=0.2))
    spread = [2.0**power for power in range(10)] * 10
    both = {
        **counted("6", requests=100, shadow=spread),
        **counted("7", requests=100, shadow=[1.0] * 100),
    }
    reports = (report(SHADOW, versions=both),)

    assert decided(
        at_step(0, before(5)), wanted, routing=SHADOW, reports=reports
    ).status.reason == ("CanaryFailed")


def test_a_shadow_step_holds_until_enough_scores_were_compared() -> None:
    wanted = rollout(limits=Limits(max_score_shift=0.2))
    found = decided(at_step(0, before(70)), wanted, **seen(SHADOW, requests=100)).status

    assert (found.phase, found.reason) == (Phase.PROGRESSING, "InconclusiveEvidence")


def with_policy(policy: OnNoTraffic) -> PromotionSpec:
    return rollout(on_no_traffic=policy)


@pytest.mark.parametrize(
    ("policy", "requests", "errors", "phase", "reason"),
    [
        (OnNoTraffic.HOLD, 0, 0, Phase.PROGRESSING, "NoTraffic"),
        (OnNoTraffic.HOLD, 49, 0, Phase.PROGRESSING, "NoTraffic"),
        (OnNoTraffic.HOLD, 60, 1, Phase.PROGRESSING, "InconclusiveEvidence"),
        (OnNoTraffic.FAIL, 49, 0, Phase.ROLLING_BACK, "NoTraffic"),
        (OnNoTraffic.FAIL, 60, 1, Phase.PROGRESSING, "InconclusiveEvidence"),
        (OnNoTraffic.PASS, 60, 1, Phase.PROGRESSING, "InconclusiveEvidence"),
    ],
)
def test_without_a_verdict_the_end_of_a_step_holds_or_fails(
    policy: OnNoTraffic, requests: int, errors: int, phase: Phase, reason: str
) -> None:
    known = at_step(1, before(61))
    found = decided(known, with_policy(policy), **seen(TEN, requests=requests, errors=errors))

    assert (found.status.phase, found.status.reason) == (phase, reason)


@pytest.mark.parametrize("requests", [0, 49])
def test_no_traffic_passes_only_where_that_is_asked_for(requests: int) -> None:
    decision = decided(
        at_step(1, before(61)), with_policy(OnNoTraffic.PASS), **seen(TEN, requests=requests)
    )

    assert decision.status.rollout is not None
    assert decision.status.rollout.step == 2
    entry = next(e for e in decision.status.journal if e.step == "RolloutStep")
    assert entry.outcome == "Inconclusive, onNoTraffic"


def test_errors_fail_a_step_without_traffic_too() -> None:
    known = at_step(1, before(61))
    found = decided(known, with_policy(OnNoTraffic.PASS), **seen(TEN, requests=2, errors=2))

    assert found.status.reason == "CanaryFailed"


@pytest.mark.parametrize(
    ("requests", "errors", "reason"), [(10, 0, "NoTraffic"), (60, 1, "InconclusiveEvidence")]
)
def test_a_hold_ends_failed_at_the_deadline(requests: int, errors: int, reason: str) -> None:
    known = at_step(1, before(60 + 15 * 60))
    evidence = seen(TEN, requests=requests, errors=errors)

    held = decided(known, **evidence).status
    ended = decided(known, at=after(1), **evidence).status
    assert (held.phase, ended.phase) == (Phase.PROGRESSING, Phase.ROLLING_BACK)
    assert ended.ending is not None
    assert (ended.ending.phase, ended.ending.reason) == (Phase.FAILED, reason)
    assert ended.ending.hold is False


def test_a_hold_goes_on_once_traffic_comes() -> None:
    held = decided(at_step(1, before(300)), **seen(TEN, requests=10)).status
    found = decided(held, **seen(TEN, requests=50)).status

    assert held.reason == "NoTraffic"
    assert found.rollout is not None
    assert found.rollout.step == 2


def test_an_outage_in_a_step_changes_nothing() -> None:
    known = at_step(1, before(30))
    decision = decided(known, routing=TEN, reports=SERVING_DOWN)

    assert (decision.status.phase, decision.effect) == (Phase.PROGRESSING, None)
    assert decision.status.rollout == known.rollout


def test_a_server_that_drops_out_late_in_a_long_step_has_time_to_return() -> None:
    wanted = rollout(steps=(Step(shadow=True), Step(weight=10, duration=timedelta(hours=1))))
    lost: dict[str, Any] = {"routing": TEN, "reports": (report(TEN, candidate_loaded=None),)}
    decision = decided(at_step(1, before(20 * 60)), wanted, **lost)

    assert decision.status.phase is Phase.PROGRESSING
    assert decision.effect == ApplyRouting(model=SPEC.model, routing=TEN)


def test_deciding_twice_on_the_same_names_the_same() -> None:
    for known, evidence in (
        (at_step(1), seen(SHADOW)),
        (at_step(1, before(30)), seen(TEN, requests=10)),
        (at_step(1, before(90)), seen(TEN, requests=10)),
    ):
        once = decided(known, **evidence)
        twice = decided(once.status, **evidence)
        assert (twice.status, twice.effect) == (once.status, once.effect)
