"""Counts in the words of Prometheus."""

from collections.abc import Iterator, Mapping

from prometheus_client import CollectorRegistry
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
    SummaryMetricFamily,
)
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest

from windlass.domain.sketch import Sketch, value_of
from windlass.domain.traffic import ServerReport, VersionTraffic

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4.encode()

_LATENCY_BOUNDS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 1000)
"""Milliseconds; given out in seconds."""


def render(report: ServerReport, responses: Mapping[int, int], in_flight: int) -> bytes:
    """Text for `GET /metrics`."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collector(report, responses, in_flight))
    return generate_latest(registry)


class _Collector:
    def __init__(self, report: ServerReport, responses: Mapping[int, int], in_flight: int) -> None:
        self._report = report
        self._responses = responses
        self._in_flight = in_flight

    def collect(self) -> Iterator[Metric]:
        """Yield all metrics."""
        yield from _server(self._report, self._in_flight)
        answers = CounterMetricFamily(
            "windlass_responses", "Responses to scoring requests", labels=["status"]
        )
        for status, count in self._responses.items():
            answers.add_metric([str(status)], count)
        yield answers
        yield from _versions(self._report)


def _server(report: ServerReport, in_flight: int) -> Iterator[Metric]:
    started = report.started.timestamp()
    yield GaugeMetricFamily("process_start_time_seconds", "Start of the process", started)
    yield GaugeMetricFamily("windlass_requests_in_flight", "Requests in work", in_flight)
    generation = report.routing.generation
    yield GaugeMetricFamily("windlass_routing_generation", "Document that is obeyed", generation)
    weight = report.routing.weight if report.candidate_loaded else 0
    yield GaugeMetricFamily("windlass_candidate_weight", "Percent of the requests", weight)
    loaded, suspended = report.candidate_loaded is not None, report.suspended
    yield GaugeMetricFamily("windlass_candidate_loaded", "Whether it can take traffic", loaded)
    yield GaugeMetricFamily("windlass_candidate_suspended", "Failed too often", suspended)
    wanted = report.routing.champion.digest if report.routing.champion else None
    current = report.champion_loaded == wanted
    yield GaugeMetricFamily("windlass_champion_current", "Whether the routed one serves", current)


def _versions(report: ServerReport) -> Iterator[Metric]:
    requests = CounterMetricFamily("windlass_requests", "Scored or tried", labels=_LABELS)
    errors = CounterMetricFamily("windlass_errors", "Not answered by it", labels=_LABELS)
    latency = HistogramMetricFamily("windlass_scoring_seconds", "Time of scoring", labels=_LABELS)
    scores = SummaryMetricFamily("windlass_score", "What it answered", labels=_LABELS)
    for digest, traffic in report.versions.items():
        labels = [traffic.version, _role(report, digest)]
        requests.add_metric(labels, traffic.requests)
        errors.add_metric(labels, traffic.errors)
        latency.add_metric(labels, _buckets(traffic), _sum(traffic.latency) / 1000)
        scores.add_metric(labels, traffic.scores.total, _sum(traffic.scores))
    yield from (requests, errors, latency, scores)


_LABELS = ("version", "role")


def _role(report: ServerReport, digest: str) -> str:
    return "champion" if digest == report.champion_loaded else "candidate"


def _buckets(traffic: VersionTraffic) -> list[tuple[str, float]]:
    total = traffic.latency.total
    counted = [
        (str(bound / 1000), float(total - traffic.latency.above(bound)))
        for bound in _LATENCY_BOUNDS
    ]
    return [*counted, ("+Inf", float(total))]


def _sum(sketch: Sketch) -> float:
    return sum(value_of(bucket) * count for bucket, count in sketch.counts.items())
