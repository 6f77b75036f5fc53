"""What `/metrics` says of promotions."""

from dataclasses import replace
from datetime import timedelta

import pytest
from prometheus_client import generate_latest

from tests.support.promotions import NOW, SPEC, gate_result, status
from windlass.domain.promotion.gates import Verdict
from windlass.domain.promotion.promotion import Promotion, PromotionKey
from windlass.domain.promotion.status import Phase, PromotionStatus
from windlass.operator.metrics import Metrics


def promotion(after: PromotionStatus, name: str = "v7") -> Promotion:
    return Promotion(
        key=PromotionKey("windlass", name),
        uid=name,
        generation=1,
        resource_version="1",
        created_at=NOW - timedelta(minutes=3),
        annotations={},
        finalized=False,
        deleted=False,
        spec=SPEC,
        status=after,
    )


def text(metrics: Metrics) -> str:
    return generate_latest(metrics.registry).decode()


def test_every_phase_is_counted_also_at_zero() -> None:
    metrics = Metrics()
    metrics.counted([promotion(status(Phase.SOAKING), "a"), promotion(status(Phase.SOAKING), "b")])
    assert 'windlass_promotions{phase="Soaking"} 2.0' in text(metrics)
    assert 'windlass_promotions{phase="Failed"} 0.0' in text(metrics)


def test_the_values_of_gates_are_told_where_there_are_any() -> None:
    metrics, before = Metrics(), status(Phase.EVALUATING)
    judged = gate_result(Verdict.PASSED, metric="f1", candidate=0.9, champion=None)
    metrics.changed(before, promotion(replace(before, gates=(judged,))))
    assert 'metric="f1",model="pump-failure",role="candidate"} 0.9' in text(metrics)
    assert 'role="champion"' not in text(metrics)


def test_an_end_is_counted_once_with_its_duration() -> None:
    metrics, before = Metrics(), status(Phase.ROLLING_BACK)
    ended = replace(status(Phase.ROLLED_BACK), finished_at=NOW)
    metrics.changed(before, promotion(ended))
    metrics.changed(ended, promotion(replace(ended, message="noted")))
    assert 'windlass_rollbacks_total{model="pump-failure"} 1.0' in text(metrics)
    counted = 'windlass_promotion_seconds_sum{model="pump-failure",phase="RolledBack"} 180.0'
    assert counted in text(metrics)


def test_a_sweep_that_failed_is_a_sign_of_life_and_no_sight(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 100.0
    monkeypatch.setattr("windlass.operator.metrics.time.monotonic", lambda: now)
    metrics = Metrics()
    now = 170.0
    assert (metrics.idle(), metrics.age()) == (70.0, 70.0)
    metrics.tried()
    assert (metrics.idle(), metrics.age()) == (0.0, 70.0)
    metrics.seen()
    assert (metrics.idle(), metrics.age()) == (0.0, 0.0)


def test_the_age_grows_until_something_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("windlass.operator.metrics.time.monotonic", lambda: now)
    metrics = Metrics()
    now = 130.0
    assert metrics.age() == 30.0
    metrics.seen()
    assert metrics.age() == 0.0
