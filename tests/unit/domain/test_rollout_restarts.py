"""Progressing: what a step keeps of its counts, and restarts of servers."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from tests.support.promotions import (
    NOW,
    STARTED,
    after,
    before,
    counted,
    decided,
    report,
    rollout,
    routing,
    status,
    step_status,
)
from windlass.domain.promotion.spec import Limits
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


def test_counts_are_not_written_for_each_request() -> None:
    known = decided(at_step(1, before(30)), **seen(TEN, requests=100)).status
    more = decided(known, at=after(1), **seen(TEN, requests=120)).status
    many = decided(known, at=after(1), **seen(TEN, requests=151)).status

    assert known.rollout is not None
    assert (known.rollout.requests, more) == (100, known)
    assert many.rollout is not None
    assert many.rollout.requests == 151


def restarted(minutes: int, **counts: Any) -> dict[str, Any]:
    again = report(
        TEN, started=STARTED + timedelta(minutes=minutes), versions=counted("7", **counts)
    )
    return {"routing": TEN, "reports": (again,)}


def test_a_restart_is_counted_once() -> None:
    first = decided(at_step(1, before(30)), **restarted(1, requests=3)).status
    second = decided(first, at=after(1), **restarted(1, requests=4)).status

    assert first.rollout is not None
    assert first.rollout.restarts == 1
    assert second.rollout is not None
    assert second.rollout.restarts == 1


def test_two_restarts_fail_it() -> None:
    once = decided(at_step(1, before(30)), **restarted(1)).status
    found = decided(once, at=after(5), **restarted(2)).status

    assert found.reason == "CanaryFailed"
    assert found.ending is not None
    assert found.ending.message == "2 errors, 2 of them restarts in 2 requests, limit 1.00%"


def test_after_a_restart_slow_answers_count_from_zero_too() -> None:
    wanted = rollout(limits=Limits(p99_latency_ms=50))
    known = at_step(1, before(30))
    baselines = {"pod-1": Baseline(started=STARTED, requests=500, slow=5)}
    known = replace(known, rollout=step_status(1, started=before(30), baselines=baselines))

    once = decided(known, wanted, **restarted(1, requests=1)).status
    found = decided(once, wanted, **restarted(1, requests=9, milliseconds=[80.0] * 5)).status
    assert found.reason == "CanaryFailed"


def test_a_server_that_joined_within_the_step_counts_its_restarts_as_well() -> None:
    def joined(minutes: int) -> dict[str, Any]:
        new = report(TEN, "pod-9", started=STARTED + timedelta(minutes=minutes))
        return {"routing": TEN, "reports": (report(TEN), new)}

    known = at_step(1, before(30))
    for minutes in (1, 2, 3):
        known = decided(known, **joined(minutes)).status

    assert known.reason == "CanaryFailed"
