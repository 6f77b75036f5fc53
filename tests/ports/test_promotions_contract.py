"""What every promotion store does: twin, SQLite, and, where there is a cluster, its API server."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Protocol

import pytest

from tests.support.api_server import api_server_promotions
from windlass.adapters.memory.clock import MemoryClock
from windlass.adapters.memory.promotions import MemoryPromotions
from windlass.adapters.sqlite_promotions import SqlitePromotions
from windlass.adapters.watched_promotions import WatchedPromotions
from windlass.domain.errors import Conflict, InputError
from windlass.domain.names import Alias, ModelName, Version
from windlass.domain.promotion.promotion import Promotion, PromotionKey
from windlass.domain.promotion.spec import Candidate, PromotionSpec, Rollout, Step
from windlass.domain.promotion.status import JournalEntry, Phase, PromotionStatus
from windlass.ports.promotions import Promotions

MILK = ModelName("milk-price")
KEY = PromotionKey("default", "milk-price-v7")
SPEC = PromotionSpec(
    model=MILK,
    candidate=Candidate(version=Version("7")),
    rollout=Rollout(steps=(Step(weight=5, duration=timedelta(milliseconds=1500)),)),
)
SUSPENDED = replace(SPEC, suspend=True)
OTHER = replace(SPEC, model=ModelName("pumps"))


class LocalPromotions(Promotions, Protocol):
    """A store of ours, as opposed to the API server."""

    def changes(self) -> int: ...


@pytest.fixture
def clock() -> MemoryClock:
    return MemoryClock()


@pytest.fixture(params=["memory", "sqlite"])
def local(
    request: pytest.FixtureRequest, clock: MemoryClock, tmp_path: Path
) -> Iterator[LocalPromotions]:
    if request.param == "memory":
        yield MemoryPromotions(clock)
        return
    store = SqlitePromotions(tmp_path / "state" / "promotions.db", clock)
    yield store
    store.close()


@pytest.fixture(
    params=["memory", "sqlite", "watched", pytest.param("kubernetes", marks=pytest.mark.e2e)]
)
def promotions(
    request: pytest.FixtureRequest, clock: MemoryClock, tmp_path: Path
) -> Iterator[Promotions]:
    if request.param == "memory":
        yield MemoryPromotions(clock)
    elif request.param == "watched":
        yield WatchedPromotions(MemoryPromotions(clock))
    elif request.param == "sqlite":
        with closing(SqlitePromotions(tmp_path / "state" / "promotions.db", clock)) as store:
            yield store
    else:
        with api_server_promotions(KEY.namespace) as found:
            yield found


def read(promotions: Promotions, key: PromotionKey = KEY) -> Promotion:
    found = promotions.get(key)
    assert found is not None
    return found


def test_what_was_never_applied_is_none(promotions: Promotions) -> None:
    assert promotions.get(KEY) is None
    assert promotions.list() == ()


def test_a_new_promotion_is_at_generation_one_and_pending(
    local: LocalPromotions, clock: MemoryClock
) -> None:
    created = local.apply(KEY, SPEC, {"windlass.dev/created-by": "ada"})
    assert (created.key, created.spec, created.status) == (KEY, SPEC, PromotionStatus())
    assert (created.generation, created.created_at) == (1, clock.now())
    assert created.annotations == {"windlass.dev/created-by": "ada"}
    assert (created.finalized, created.deleted) == (False, False)
    assert created.uid
    assert local.get(KEY) == created


def test_each_object_has_an_identity_of_its_own(promotions: Promotions) -> None:
    first = promotions.apply(KEY, SPEC, {})
    promotions.delete(KEY)
    second = promotions.apply(KEY, SPEC, {})
    assert first.uid != second.uid
    with pytest.raises(Conflict):
        promotions.write_status(first, PromotionStatus(phase=Phase.FAILED))
    assert read(promotions).status.phase is Phase.PENDING


def test_a_changed_spec_raises_the_generation_and_keeps_the_status(
    local: LocalPromotions, clock: MemoryClock
) -> None:
    created = local.apply(KEY, SPEC, {"a": "1"})
    local.write_status(created, PromotionStatus(phase=Phase.PROGRESSING))
    clock.advance(timedelta(seconds=5))
    changed = local.apply(KEY, SUSPENDED, {"b": "2"})
    assert (changed.spec, changed.generation) == (SUSPENDED, 2)
    assert changed.status.phase is Phase.PROGRESSING
    assert changed.annotations == {"a": "1", "b": "2"}
    assert (changed.uid, changed.created_at) == (created.uid, created.created_at)
    assert read(local) == changed


def test_applying_the_same_again_changes_nothing(local: LocalPromotions) -> None:
    created = local.apply(KEY, SPEC, {"a": "1"})
    before = local.changes()
    assert local.apply(KEY, SPEC, {"a": "1"}) == created
    assert local.changes() == before


def test_applying_only_annotations_keeps_the_generation(promotions: Promotions) -> None:
    created = promotions.apply(KEY, SPEC, {})
    changed = promotions.apply(KEY, SPEC, {"a": "1"})
    assert (changed.generation, changed.annotations) == (1, {"a": "1"})
    assert changed.resource_version != created.resource_version


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        (OTHER, "model"),
        (replace(SPEC, candidate=Candidate(version=Version("8"))), "candidate"),
        (replace(SPEC, candidate=Candidate(alias=Alias("challenger"))), "candidate"),
        (replace(SPEC, target_alias=Alias("prod")), "targetAlias"),
    ],
)
def test_model_candidate_and_target_are_immutable(
    promotions: Promotions, changed: PromotionSpec, field: str
) -> None:
    created = promotions.apply(KEY, SPEC, {})
    with pytest.raises(InputError, match=rf"spec\.{field}\b.* is immutable"):
        promotions.apply(KEY, changed, {"a": "1"})
    assert read(promotions) == created


@pytest.mark.parametrize("name", ["", "Milk", "a/b", "a" * 64, "-a", "a.b"])
def test_a_name_that_kubernetes_refuses_is_refused(local: LocalPromotions, name: str) -> None:
    with pytest.raises(InputError, match="can't name a promotion"):
        local.apply(PromotionKey("default", name), SPEC, {})


def test_a_status_is_written_and_read_back(local: LocalPromotions, clock: MemoryClock) -> None:
    created = local.apply(KEY, SPEC, {})
    entry = JournalEntry(step="Resolve", at=clock.now(), outcome="Done", message="version 7")
    status = PromotionStatus(phase=Phase.VALIDATING, journal=(entry,), consumed={"a": "b"})
    written = local.write_status(created, status)
    assert (written.status, written.generation) == (status, 1)
    assert written.resource_version != created.resource_version
    assert read(local) == written


def test_writing_the_status_that_is_there_changes_nothing(promotions: Promotions) -> None:
    status = PromotionStatus(phase=Phase.VALIDATING)
    written = promotions.write_status(promotions.apply(KEY, SPEC, {}), status)
    assert promotions.write_status(written, status) == written


@pytest.mark.parametrize("write", ["write_status", "annotate", "finalize"])
def test_a_write_that_read_an_old_state_is_a_conflict(promotions: Promotions, write: str) -> None:
    old = promotions.apply(KEY, SPEC, {})
    new = promotions.annotate(old, {"a": "1"})
    changes = {
        "write_status": lambda: promotions.write_status(old, PromotionStatus(phase=Phase.FAILED)),
        "annotate": lambda: promotions.annotate(old, {"a": "2"}),
        "finalize": lambda: promotions.finalize(old, True),
    }
    with pytest.raises(Conflict, match="default/milk-price-v7 changed meanwhile: read it again"):
        changes[write]()
    assert read(promotions) == new


def test_a_write_to_what_is_gone_is_a_conflict(promotions: Promotions) -> None:
    old = promotions.apply(KEY, SPEC, {})
    promotions.delete(KEY)
    with pytest.raises(Conflict, match="was deleted meanwhile"):
        promotions.write_status(old, PromotionStatus(phase=Phase.FAILED))
    assert promotions.get(KEY) is None


def test_annotations_are_set_and_removed_one_by_one(promotions: Promotions) -> None:
    created = promotions.apply(KEY, SPEC, {"a": "1", "b": "2"})
    changed = promotions.annotate(created, {"a": None, "c": "3", "never": None})
    assert changed.annotations == {"b": "2", "c": "3"}
    assert changed.generation == 1
    assert read(promotions) == changed


def test_without_a_finalizer_a_deletion_takes_it_away_at_once(promotions: Promotions) -> None:
    promotions.apply(KEY, SPEC, {})
    promotions.delete(KEY)
    promotions.delete(KEY)
    assert promotions.get(KEY) is None
    assert promotions.list() == ()


def test_with_a_finalizer_a_deletion_waits_for_us(promotions: Promotions) -> None:
    finalized = promotions.finalize(promotions.apply(KEY, SPEC, {}), True)
    promotions.delete(KEY)
    deleted = read(promotions)
    assert (deleted.deleted, deleted.finalized) == (True, True)
    assert deleted.resource_version != finalized.resource_version
    rolling = promotions.write_status(deleted, PromotionStatus(phase=Phase.ROLLING_BACK))
    assert not promotions.finalize(rolling, False).finalized
    assert promotions.get(KEY) is None


def test_deleting_twice_is_deleting_once(promotions: Promotions) -> None:
    promotions.finalize(promotions.apply(KEY, SPEC, {}), True)
    promotions.delete(KEY)
    before = read(promotions)
    promotions.delete(KEY)
    assert read(promotions) == before


def test_a_finalizer_taken_away_from_a_living_one_leaves_it(promotions: Promotions) -> None:
    finalized = promotions.finalize(promotions.apply(KEY, SPEC, {}), True)
    assert promotions.finalize(finalized, True) == finalized
    freed = promotions.finalize(finalized, False)
    assert read(promotions) == freed


def test_what_is_being_deleted_is_not_applied_again(promotions: Promotions) -> None:
    promotions.finalize(promotions.apply(KEY, SPEC, {}), True)
    promotions.delete(KEY)
    with pytest.raises(Conflict, match="is being deleted"):
        promotions.apply(KEY, SUSPENDED, {})


def test_a_list_is_oldest_first_then_by_name(local: LocalPromotions, clock: MemoryClock) -> None:
    for name in ("c", "b"):
        local.apply(PromotionKey("default", name), SPEC, {})
    clock.advance(timedelta(microseconds=1))
    local.apply(PromotionKey("default", "a"), OTHER, {})
    clock.advance(timedelta(seconds=1))
    local.apply(PromotionKey("another", "0"), SPEC, {})
    assert [found.key.name for found in local.list()] == ["b", "c", "a", "0"]
    assert [found.key.name for found in local.list(MILK)] == ["b", "c", "0"]
    assert local.list(ModelName("unknown")) == ()


def test_names_are_separate_in_each_namespace(local: LocalPromotions) -> None:
    local.apply(KEY, SPEC, {})
    local.apply(PromotionKey("staging", KEY.name), OTHER, {})
    assert read(local).spec.model == MILK


def test_every_change_is_noticed_and_looking_is_none(local: LocalPromotions) -> None:
    seen = [local.changes()]
    promotion = local.apply(KEY, SPEC, {})
    seen.append(local.changes())
    promotion = local.write_status(promotion, PromotionStatus(phase=Phase.VALIDATING))
    seen.append(local.changes())
    local.delete(KEY)
    seen.append(local.changes())
    assert len(set(seen)) == 4
    local.list()
    local.get(KEY)
    assert local.changes() == seen[-1]
