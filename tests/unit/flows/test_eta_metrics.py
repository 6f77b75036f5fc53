"""What the runtime's metrics say."""

import math

import pytest

from tests.support.streets import Town
from windlass.flows.eta_metrics import EtaMetrics, served
from windlass.flows.eta_reporting import artifact_key
from windlass.services.eta.stages import Tick


def watched(*vehicles: str) -> tuple[Town, EtaMetrics]:
    town = Town(*vehicles)
    return town, EtaMetrics(town.clock.steady)


def tick(town: Town, metrics: EtaMetrics) -> None:
    metrics.ticked(town.runtime, town.runtime.tick())


def value(metrics: EtaMetrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(f"windlass_eta_{name}", labels)


def test_ages_are_those_of_the_newest_and_oldest_prediction() -> None:
    town, metrics = watched("a", "b")
    tick(town, metrics)
    town.clock.seconds += 30
    town.drive("a", timestamp="2025-10-08T10:50:30Z")
    tick(town, metrics)
    town.clock.seconds += 5
    assert value(metrics, "prediction_age_seconds", which="newest") == 5
    assert value(metrics, "prediction_age_seconds", which="oldest") == 35
    assert value(metrics, "last_tick_age_seconds") == 5


def test_without_predictions_there_is_no_age() -> None:
    town, metrics = watched()
    tick(town, metrics)
    age = value(metrics, "prediction_age_seconds", which="oldest")
    assert age is not None
    assert math.isnan(age)


def test_a_tick_that_failed_does_not_count_as_the_last() -> None:
    town, metrics = watched("a")
    tick(town, metrics)
    town.clock.seconds += 10
    metrics.ticked(town.runtime, Tick(problem="Redis: away"))
    assert value(metrics, "last_tick_age_seconds") == 10
    assert value(metrics, "tick_failures_total") == 1
    assert value(metrics, "tick_seconds_count") == 1


def test_everything_is_counted() -> None:
    town, metrics = watched("a", "b")
    town.feed.put("vehicle:c", b"{")
    for _ in range(2):
        tick(town, metrics)
    assert value(metrics, "predictions_total") == 2
    assert value(metrics, "unchanged_total") == 2
    assert value(metrics, "rejected_total", reason="not_json") == 2
    assert value(metrics, "model", model_key="transit-eta/1") == 1


def test_port_zero_serves_nothing() -> None:
    _, metrics = watched()
    with served(metrics, 0):
        assert value(metrics, "predictions_total") == 0


@pytest.mark.parametrize(
    ("prefix", "key"),
    [
        ("eta-runtime", "eta-runtime-redis-fetch-times"),
        ("ETA Runtime/dev", "eta-runtime-dev-redis-fetch-times"),
    ],
)
def test_keys_of_artifacts_are_what_prefect_takes(prefix: str, key: str) -> None:
    assert artifact_key(prefix, "redis_fetch_times") == key
