"""The loop: when it ticks, what it records, when it reports and how it ends."""

import gc
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.streets import Town
from windlass.domain.errors import InputError, SystemUnavailable
from windlass.services.eta.loop import Plan, Totals, run
from windlass.services.eta.profiling import Summary
from windlass.services.eta.runtime import Runtime
from windlass.services.eta.stages import Tick


@pytest.fixture(autouse=True)
def nothing_is_collected(monkeypatch: pytest.MonkeyPatch) -> None:
    """All that other tests left in this process would be looked through at every tick."""
    monkeypatch.setattr(gc, "collect", lambda generation=2: 0)


class Later:
    """Stops after so many pauses; a pause only moves the clock."""

    def __init__(self, town: Town, pauses: int) -> None:
        self.pauses: list[float] = []
        self._town, self._most = town, pauses

    def is_set(self) -> bool:
        return len(self.pauses) >= self._most

    def wait(self, timeout: float) -> bool:
        self.pauses.append(timeout)
        self._town.clock.seconds += timeout
        return self.is_set()


class Notes:
    """A reporter that keeps what it is told."""

    def __init__(self) -> None:
        self.ticks: list[Tick] = []
        self.reports: list[tuple[str, list[str]]] = []

    def ticked(self, runtime: Runtime, tick: Tick) -> None:
        self.ticks.append(tick)

    def report(self, line: str, summaries: dict[str, Summary]) -> None:
        self.reports.append((line, sorted(summaries)))


class Tasks:
    """Records stages."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def __call__(self, stage: Callable[..., Any], *args: object) -> Any:
        self.names.append(stage.__name__)
        return stage(*args)


STAGES = ["fetch_vehicle_snapshots", "predict_for_snapshots", "write_predictions_to_redis"]


def runs(town: Town, iterations: int = 0, pauses: int = 1000) -> tuple[Totals, Tasks, Notes, Later]:
    stop, tasks, notes = Later(town, pauses), Tasks(), Notes()
    totals = run(town.runtime, Plan(iterations=iterations, stop=stop), tasks, notes)
    return totals, tasks, notes, stop


def test_so_many_iterations_and_each_is_recorded() -> None:
    totals, tasks, notes, stop = runs(Town("a"), iterations=3)
    assert (totals.ticks, totals.predicted, totals.unchanged) == (3, 1, 2)
    assert tasks.names == STAGES * 3
    assert len(notes.ticks) == 3
    assert stop.pauses == [1.0, 1.0]


def test_profiles_are_reported_once_at_the_end_of_so_many_iterations() -> None:
    _, _, notes, _ = runs(Town("a"), iterations=2)
    assert len(notes.reports) == 1
    line, names = notes.reports[0]
    assert line == "2 ticks: 1 predicted, 1 unchanged"
    assert len(names) == 4


def test_without_end_tasks_are_recorded_once_a_minute() -> None:
    totals, tasks, notes, _ = runs(Town("a"), pauses=125)
    assert totals.ticks == 125
    assert tasks.names == STAGES * 3
    assert len(notes.reports) == 4


def test_ticks_begin_at_the_interval_however_long_they_take() -> None:
    town = Town("a", parameters={"model_key": "transit-eta/1", "poll_interval": 5})
    real = town.feed.vehicles

    def slow() -> frozenset[str]:
        town.clock.seconds += 2
        return real()

    town.feed.vehicles = slow  # type: ignore[method-assign] # a feed that takes its time
    *_, stop = runs(town, pauses=2)
    assert stop.pauses == [3.0, 3.0]


def test_a_stop_ends_it_after_the_tick() -> None:
    totals, _, notes, _ = runs(Town("a"), pauses=1)
    assert totals.ticks == 1
    assert notes.reports[-1][0] == "1 ticks: 1 predicted, 0 unchanged"


def test_an_outage_does_not_end_a_runtime_without_end() -> None:
    town = Town("a", parameters={"model_key": "transit-eta/1", "poll_interval": 0})
    town.faults.outage("vehicles.vehicles")
    totals, _, notes, stop = runs(town, pauses=3)
    assert (totals.ticks, totals.failed) == (3, 3)
    assert stop.pauses == [0.5] * 3
    assert all("did not answer" in tick.problem for tick in notes.ticks)
    town.faults.lift()
    assert runs(town, pauses=1)[0].predicted == 1


def test_an_outage_ends_one_of_so_many_iterations() -> None:
    town = Town("a")
    town.faults.outage("vehicles.vehicles")
    with pytest.raises(SystemUnavailable):
        runs(town, iterations=2)


def test_so_does_a_model_that_is_not_there() -> None:
    with pytest.raises(InputError, match="no model is named"):
        runs(Town("a", parameters={}), iterations=1)


def test_garbage_is_looked_for_between_ticks_only() -> None:
    town, seen = Town("a"), []
    real = town.feed.vehicles

    def look() -> frozenset[str]:
        seen.append(gc.isenabled())
        return real()

    town.feed.vehicles = look  # type: ignore[method-assign] # a feed that looks around
    runs(town, iterations=2)
    assert seen == [False, False]
    assert gc.isenabled()


def test_totals_as_json() -> None:
    town = Town("a")
    town.feed.put("vehicle:b", b"{")
    totals, *_ = runs(town, iterations=2)
    assert totals.as_json() == {
        "ticks": 2,
        "predicted": 1,
        "unchanged": 1,
        "failed": 0,
        "rejected": {"not_json": 2},
    }
    assert totals.line() == "2 ticks: 1 predicted, 1 unchanged, 2 not_json"
