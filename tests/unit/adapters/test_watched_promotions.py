"""Lists answered from what was seen: never older than our own writes, never for ever old."""

from dataclasses import replace

import pytest

from tests.support.stage import Stage, spec_of
from windlass.adapters.memory.clock import MemoryClock
from windlass.adapters.memory.faults import Faults, Kind, PlannedFault
from windlass.adapters.memory.promotions import MemoryPromotions
from windlass.adapters.watched_promotions import WatchedPromotions
from windlass.domain.errors import Conflict, SystemUnavailable
from windlass.domain.names import ModelName
from windlass.domain.promotion.promotion import Promotion, PromotionKey
from windlass.domain.promotion.status import Phase, PromotionStatus

KEY = PromotionKey("default", "p")
SPEC = spec_of("1")
OPEN = PromotionStatus(phase=Phase.VALIDATING)


@pytest.fixture
def store() -> MemoryPromotions:
    return MemoryPromotions(MemoryClock())


@pytest.fixture
def watched(store: MemoryPromotions) -> WatchedPromotions:
    store.apply(KEY, SPEC, {})
    found = WatchedPromotions(store)
    found.list()
    return found


def read(promotions: WatchedPromotions | MemoryPromotions) -> Promotion:
    found = promotions.get(KEY)
    assert found is not None
    return found


def known(watched: WatchedPromotions) -> Promotion:
    [found] = watched.list(SPEC.model)
    return found


def test_who_else_there_is_is_not_asked_again_and_one_always_is(
    store: MemoryPromotions, watched: WatchedPromotions
) -> None:
    before = known(watched)
    written = store.write_status(read(store), OPEN)
    assert known(watched) == before
    assert read(watched) == written
    assert known(watched) == written


def test_our_own_write_is_no_news_and_that_of_another_is(
    store: MemoryPromotions, watched: WatchedPromotions
) -> None:
    written = watched.write_status(read(watched), OPEN)
    assert not watched.saw(written)
    other = store.annotate(written, {"by": "somebody"})
    assert watched.saw(other)
    assert known(watched) == other


def test_an_old_or_doubled_event_takes_nothing_back(
    store: MemoryPromotions, watched: WatchedPromotions
) -> None:
    old = read(store)
    written = watched.write_status(read(watched), OPEN)
    assert not watched.saw(old)
    watched.saw_gone(old)
    assert known(watched) == written


def test_after_a_refused_write_it_is_read_again(
    store: MemoryPromotions, watched: WatchedPromotions
) -> None:
    other = store.annotate(read(store), {"by": "somebody"})
    with pytest.raises(Conflict):
        watched.write_status(known(watched), OPEN)
    assert known(watched) == other


def test_after_a_write_whose_answer_was_lost_it_is_read_again() -> None:
    lost = PlannedFault(kind=Kind.LATE, target="promotions.write_status")
    store = MemoryPromotions(MemoryClock(), Faults(lost))
    store.apply(KEY, SPEC, {})
    watched = WatchedPromotions(store)
    before = watched.list()[0]
    with pytest.raises(SystemUnavailable):
        watched.write_status(before, OPEN)
    assert known(watched).status == OPEN


def test_what_is_stale_of_one_model_is_not_asked_for_by_another() -> None:
    faults = Faults()
    store = MemoryPromotions(MemoryClock(), faults)
    store.apply(KEY, SPEC, {})
    watched = WatchedPromotions(store)
    before = watched.list()[0]
    store.annotate(before, {"by": "somebody"})
    with pytest.raises(Conflict):
        watched.write_status(before, OPEN)
    asked = len(faults.log)
    assert watched.list(ModelName("pumps")) == ()
    assert len(faults.log) == asked


def test_a_list_of_all_makes_good_what_the_watch_dropped(
    store: MemoryPromotions, watched: WatchedPromotions
) -> None:
    newer = PromotionKey("default", "newer")
    store.delete(KEY)
    store.apply(newer, spec_of("2"), {})
    assert [each.key for each in watched.list()] == [newer]
    assert watched.get(KEY) is None


def test_a_deletion_is_seen_and_a_new_one_of_its_name_stays(
    store: MemoryPromotions, watched: WatchedPromotions
) -> None:
    first = read(store)
    store.delete(KEY)
    second = store.apply(KEY, SPEC, {})
    assert watched.saw(second)
    watched.saw_gone(first)
    assert known(watched).uid == second.uid
    watched.saw_gone(second)
    assert watched.list(SPEC.model) == ()


def test_a_new_one_of_its_name_for_another_model_is_no_rival_of_the_first(
    store: MemoryPromotions, watched: WatchedPromotions
) -> None:
    pumps = replace(SPEC, model=ModelName("pumps"))
    store.delete(KEY)
    second = store.apply(KEY, pumps, {})
    assert watched.saw(second)
    assert watched.list(SPEC.model) == ()
    assert watched.list(pumps.model) == (second,)


def test_what_a_backup_brought_back_counts_although_its_number_is_lower(
    store: MemoryPromotions, watched: WatchedPromotions
) -> None:
    backup = read(store)
    watched.write_status(read(watched), OPEN)
    restored = MemoryPromotions(MemoryClock())
    restored.apply(KEY, SPEC, {})
    assert int(read(restored).resource_version) <= int(backup.resource_version)
    watched.store = restored
    assert read(watched) == read(restored)
    assert known(watched) == read(restored)


def test_before_any_list_rivals_are_asked_for() -> None:
    stage = Stage()
    key = stage.apply("p", spec_of("1"))
    watched = WatchedPromotions(stage.promotions)
    assert [each.key for each in watched.list(spec_of("1").model)] == [key]
