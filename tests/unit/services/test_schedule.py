"""When promotions are looked at, and that two of one model never are at once."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.support.processes import wait_for
from tests.support.stage import Stage, spec_of
from windlass.domain.names import ModelName
from windlass.domain.promotion.controls import Verb
from windlass.domain.promotion.promotion import PromotionKey
from windlass.domain.promotion.status import Phase, PromotionStatus
from windlass.services.reconciler import Outcome, Reconciler
from windlass.services.schedule import FEW, SHARES, Schedule, unanswered, watched

PATIENCE = 10.0


class Watcher(Reconciler):
    """A reconciler that only notes who is looked at, and how many of one model at once."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage.reconciler.outside)
        object.__setattr__(self, "seen", [])
        object.__setattr__(self, "gate", threading.Event())
        object.__setattr__(self, "inside", threading.Semaphore(0))

    seen: list[PromotionKey]
    gate: threading.Event
    inside: threading.Semaphore

    def reconcile(self, key: PromotionKey) -> Outcome:
        self.seen.append(key)
        self.inside.release()
        assert self.gate.wait(PATIENCE)
        return Outcome()


@pytest.fixture
def running() -> Iterator[tuple[Schedule, Watcher]]:
    watcher = Watcher(Stage())
    schedule = Schedule(watcher, workers=2)
    schedule.start()
    yield schedule, watcher
    watcher.gate.set()
    schedule.stop()


def key(name: str) -> PromotionKey:
    return PromotionKey("default", name)


def test_two_promotions_of_one_model_wait_for_each_other(
    running: tuple[Schedule, Watcher],
) -> None:
    schedule, watcher = running
    schedule.wake(key("a"), ModelName("milk-price"))
    assert watcher.inside.acquire(timeout=PATIENCE)
    schedule.wake(key("b"), ModelName("milk-price"))
    schedule.wake(key("c"), ModelName("transit-eta"))
    assert watcher.inside.acquire(timeout=PATIENCE)
    assert watcher.seen == [key("a"), key("c")]
    watcher.gate.set()
    assert watcher.inside.acquire(timeout=PATIENCE)
    assert watcher.seen[2:] == [key("b")]


def test_a_sweep_covers_open_promotions_and_the_latest_success_of_each_model() -> None:
    stage = Stage()
    now = stage.clock.now()
    for number, phase in enumerate((Phase.SUCCEEDED, Phase.SUCCEEDED, Phase.FAILED, Phase.SOAKING)):
        found = stage.apply(f"p{number}", spec_of(str(number)))
        status = PromotionStatus(phase=phase, finished_at=now + timedelta(seconds=number))
        stage.promotions.write_status(stage.get(found), status)
    names = [found.key.name for found in watched(stage.promotions.list(), 0)]
    assert sorted(names) == ["p1", "p3"]


def test_who_succeeded_and_was_rolled_back_since_answers_for_nothing() -> None:
    stage = Stage()
    stage.train("1", 0.5)
    stage.train("2", 0.6)
    stage.play(stage.apply("one", spec_of("1")))
    second = stage.apply("two", spec_of("2"))
    stage.play(second)
    again = stage.apply("two-again", spec_of("2"))
    assert stage.play(again).status.reason == "AlreadyChampion"
    stage.ask(second, Verb.ROLLBACK, by="grace")
    stage.play(second)
    assert [found.key.name for found in watched(stage.promotions.list(), 0)] == ["one"]


def test_a_closed_promotion_that_still_holds_its_object_is_swept() -> None:
    stage = Stage()
    found = stage.apply("p", spec_of("1"))
    promotion = stage.promotions.finalize(stage.get(found), True)
    closed = replace(promotion.status, phase=Phase.FAILED)
    stage.promotions.write_status(promotion, closed)
    assert [found.key for found in watched(stage.promotions.list(), 0)] == [key("p")]


@pytest.mark.parametrize("number", [FEW, 10 * FEW])
def test_a_round_of_sweeps_looks_at_every_champion_and_no_sweep_at_very_many(number: int) -> None:
    stage = Stage()
    for each in range(number):
        found = stage.apply(f"p{each}", replace(spec_of("1"), model=ModelName(f"model-{each}")))
        status = PromotionStatus(phase=Phase.SUCCEEDED, finished_at=stage.clock.now())
        stage.promotions.write_status(stage.get(found), status)
    promotions = stage.promotions.list()
    rounds = [{found.key for found in watched(promotions, sweep)} for sweep in range(SHARES)]
    assert set.union(*rounds) == {promotion.key for promotion in promotions}
    assert max(map(len, rounds)) <= max(FEW, number / SHARES * 1.2)


def test_who_waits_for_an_answer_comes_before_a_round() -> None:
    stage = Stage()
    found = stage.apply("p", spec_of("1"))
    assert unanswered(stage.get(found))
    stage.reconcile()
    assert not unanswered(stage.get(found))
    stage.ask(found, Verb.ABORT)
    assert unanswered(stage.get(found))
    stage.reconcile()
    assert not unanswered(stage.get(found))


def test_what_was_just_looked_at_is_left_out_of_a_sweep_unless_somebody_waits() -> None:
    stage = Stage()
    for name in ("looked-at", "new"):
        stage.apply(name, replace(spec_of("1"), model=ModelName(name), suspend=True))
    stage.reconcile()
    looked = []

    class Noting(Reconciler):
        def reconcile(self, key: PromotionKey) -> Outcome:
            looked.append(key.name)
            return Outcome()

    schedule = Schedule(Noting(stage.reconciler.outside), workers=1)
    schedule.start()
    try:
        wait_for(lambda: sorted(looked) == ["looked-at", "new"], PATIENCE)
        schedule.sweep()
        stage.ask(key("new"), Verb.ABORT)
        schedule.sweep()
        wait_for(lambda: len(looked) == 3, PATIENCE)
    finally:
        schedule.stop()
    assert looked[2] == "new"


def test_a_schedule_says_whether_its_threads_live() -> None:
    schedule = Schedule(Stage().reconciler, workers=1)
    schedule.start()
    assert schedule.alive
    schedule.stop()
    assert not schedule.alive


def test_a_sweep_that_fails_is_a_round_all_the_same() -> None:
    stage, rounds, swept = Stage(), threading.Event(), threading.Event()
    stage.faults.outage("promotions")
    schedule = Schedule(
        stage.reconciler, workers=1, on_sweep=lambda _: swept.set(), on_round=rounds.set
    )
    schedule.start()
    try:
        assert rounds.wait(PATIENCE)
    finally:
        schedule.stop()
    assert not swept.is_set()
