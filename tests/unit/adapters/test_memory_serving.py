"""The script of the serving twin: what happens to servers beyond the port's contract."""

from dataclasses import replace
from datetime import timedelta

import pytest

from windlass.adapters.memory.clock import MemoryClock
from windlass.adapters.memory.faults import Faults
from windlass.adapters.memory.server import Behaviour
from windlass.adapters.memory.serving import MemoryServing
from windlass.domain.errors import Conflict, SystemUnavailable
from windlass.domain.names import Digest, ModelName, Version
from windlass.domain.routing import Routed, Routing

MODEL = ModelName("pumps")
OLD = Routed(version=Version("1"), uri="bundles/sha256/a", digest=Digest("sha256:a"))
NEW = Routed(version=Version("2"), uri="bundles/sha256/b", digest=Digest("sha256:b"))
TRIAL = Routing(generation=1, champion=OLD, candidate=NEW, weight=10)


@pytest.fixture
def clock() -> MemoryClock:
    return MemoryClock()


@pytest.fixture
def serving(clock: MemoryClock) -> MemoryServing:
    return MemoryServing([MODEL], clock=clock)


def requests(serving: MemoryServing, digest: Digest) -> int:
    return sum(report.versions[digest].requests for report in serving.reports(MODEL))


def errors(serving: MemoryServing, digest: Digest) -> int:
    return sum(report.versions[digest].errors for report in serving.reports(MODEL))


def test_weights_are_exact_over_many_small_calls(serving: MemoryServing) -> None:
    serving.apply(MODEL, TRIAL)
    for _ in range(100):
        serving.traffic(MODEL, 7)
    assert (requests(serving, OLD.digest), requests(serving, NEW.digest)) == (630, 70)


def test_requests_are_spread_over_all_servers(serving: MemoryServing) -> None:
    serving.add_server(MODEL)
    serving.add_server(MODEL)
    serving.apply(MODEL, TRIAL)
    serving.traffic(MODEL, 1000)
    counted = [report.versions[OLD.digest].requests for report in serving.reports(MODEL)]
    assert max(counted) - min(counted) <= 1
    assert sum(counted) + requests(serving, NEW.digest) == 1000


def test_errors_fall_on_the_candidate(serving: MemoryServing) -> None:
    serving.apply(MODEL, TRIAL)
    serving.traffic(MODEL, 100, errors=3)
    assert (errors(serving, OLD.digest), errors(serving, NEW.digest)) == (0, 3)
    assert serving.reports(MODEL)[0].versions[NEW.digest].latency.total == 7


def test_errors_fall_on_the_champion_when_it_is_alone(serving: MemoryServing) -> None:
    serving.apply(MODEL, Routing(generation=1, champion=OLD))
    serving.traffic(MODEL, 100, errors=3)
    assert errors(serving, OLD.digest) == 3


def test_a_failing_bundle_fails_wherever_it_is(serving: MemoryServing) -> None:
    serving.apply(MODEL, replace(TRIAL, weight=0, shadow=True))
    serving.traffic(MODEL, 100, failing={NEW.digest})
    assert (errors(serving, OLD.digest), errors(serving, NEW.digest)) == (0, 100)


def test_a_bundle_answers_as_it_is_said_to(serving: MemoryServing) -> None:
    serving.behave(NEW.digest, Behaviour(latency_ms=80, scores=(0.1, 0.9, 0.9)))
    serving.apply(MODEL, replace(TRIAL, weight=0, shadow=True))
    serving.traffic(MODEL, 4)
    serving.traffic(MODEL, 5)
    versions = serving.reports(MODEL)[0].versions
    assert versions[NEW.digest].latency.above(50) == 9
    assert versions[OLD.digest].latency.above(50) == 0
    assert versions[NEW.digest].shadow_scores.above(0.5) == 6


def test_nothing_is_counted_without_a_champion(serving: MemoryServing) -> None:
    serving.traffic(MODEL, 100)
    assert serving.reports(MODEL)[0].versions == {}


def test_a_suspended_server_answers_with_the_champion_until_the_next_document(
    serving: MemoryServing,
) -> None:
    serving.apply(MODEL, TRIAL)
    serving.server(MODEL).suspended = True
    serving.traffic(MODEL, 100)
    assert (requests(serving, OLD.digest), requests(serving, NEW.digest)) == (100, 0)
    assert serving.reports(MODEL)[0].suspended
    serving.apply(MODEL, replace(TRIAL, generation=2))
    assert not serving.reports(MODEL)[0].suspended


def test_a_deaf_server_never_acknowledges(serving: MemoryServing) -> None:
    serving.apply(MODEL, Routing(generation=1, champion=OLD))
    serving.add_server(MODEL).deaf = True
    serving.apply(MODEL, replace(TRIAL, generation=2))
    assert [
        report.acknowledges(replace(TRIAL, generation=2)) for report in serving.reports(MODEL)
    ] == [
        True,
        False,
    ]


def test_a_silent_server_makes_reports_unknown(serving: MemoryServing) -> None:
    serving.server(MODEL).silent = True
    with pytest.raises(SystemUnavailable, match="pumps-0 did not answer"):
        serving.reports(MODEL)
    serving.server(MODEL).silent = False
    assert len(serving.reports(MODEL)) == 1


def test_a_restart_is_seen_by_its_time(serving: MemoryServing, clock: MemoryClock) -> None:
    serving.apply(MODEL, TRIAL)
    serving.traffic(MODEL, 10)
    clock.advance(timedelta(seconds=1))
    serving.restart(MODEL)
    (report,) = serving.reports(MODEL)
    assert report.started == clock.now()
    assert report.acknowledges(TRIAL)
    assert requests(serving, OLD.digest) == 0


def test_the_history_has_every_document_once(serving: MemoryServing) -> None:
    later = replace(TRIAL, generation=2, weight=50)
    for routing in (TRIAL, TRIAL, later, later):
        serving.apply(MODEL, routing)
    with pytest.raises(Conflict):
        serving.apply(MODEL, TRIAL)
    assert [routing.weight for routing in serving.history(MODEL)] == [10, 50]


def test_an_outage_leaves_the_servers_as_they_are() -> None:
    faults = Faults()
    serving = MemoryServing([MODEL], faults=faults)
    serving.apply(MODEL, TRIAL)
    faults.outage("serving")
    with pytest.raises(SystemUnavailable):
        serving.apply(MODEL, replace(TRIAL, generation=2))
    faults.lift()
    assert serving.routing(MODEL) == TRIAL
