"""What the operator does with an event of its watch."""

import logging
from dataclasses import dataclass, field
from typing import Any

import pytest

from windlass.adapters.memory.clock import MemoryClock
from windlass.adapters.memory.promotions import MemoryPromotions
from windlass.adapters.promotion_documents import GROUP, VERSION, PromotionReader
from windlass.adapters.watched_promotions import WatchedPromotions
from windlass.domain.names import ModelName
from windlass.domain.promotion.promotion import PromotionKey
from windlass.operator.operating import Watching
from windlass.services.schedule import Schedule
from windlass.services.waiting import Waiting

KEY = PromotionKey("windlass", "p")
PUMPS = ModelName("pumps")


@dataclass
class Woken(Schedule):
    """A schedule that only notes who was woken."""

    names: list[tuple[str, bool]] = field(default_factory=list)

    def wake(
        self, key: PromotionKey, model: ModelName, delay: float = 0.0, *, routine: bool = False
    ) -> None:
        self.names.append((key.name, routine))


def document(version: int, **spec: object) -> dict[str, Any]:
    return {
        "apiVersion": f"{GROUP}/{VERSION}",
        "metadata": {
            "name": KEY.name,
            "namespace": KEY.namespace,
            "uid": "u",
            "generation": 1,
            "resourceVersion": str(version),
            "creationTimestamp": "2026-01-01T00:00:00Z",
        },
        "spec": {"model": "pumps", "candidate": {"version": "1"}, **spec},
    }


@pytest.fixture
def watched() -> WatchedPromotions:
    found = WatchedPromotions(MemoryPromotions(MemoryClock()))
    assert found.list() == ()
    return found


@pytest.fixture
def woken() -> Woken:
    return Woken(reconciler=None, _waiting=Waiting())  # type: ignore[arg-type] # nobody looks


def saw(woken: Woken, watched: WatchedPromotions, kind: str | None, event: Any) -> None:
    Watching(schedule=woken, watched=watched, read=PromotionReader()).saw(kind, event)


def test_news_wake_and_their_echo_does_not(woken: Woken, watched: WatchedPromotions) -> None:
    for kind, version in (("ADDED", 1), ("MODIFIED", 2), ("MODIFIED", 2), ("MODIFIED", 1)):
        saw(woken, watched, kind, document(version))
    assert woken.names == [("p", False), ("p", False)]
    assert [each.resource_version for each in watched.list(PUMPS)] == ["2"]


def test_what_a_watch_lists_first_is_looked_at_in_its_turn(
    woken: Woken, watched: WatchedPromotions
) -> None:
    for _ in range(2):
        saw(woken, watched, None, document(1))
    assert woken.names == [("p", True), ("p", True)]


def test_what_was_deleted_is_forgotten(woken: Woken, watched: WatchedPromotions) -> None:
    saw(woken, watched, "ADDED", document(1))
    saw(woken, watched, "DELETED", document(2))
    assert watched.list(PUMPS) == ()


def test_an_object_that_cannot_be_read_stops_nobody(
    woken: Woken, watched: WatchedPromotions, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        saw(woken, watched, "ADDED", document(1, candidate={"version": 7}))
        saw(woken, watched, "ADDED", document(2))
    assert "windlass/p can't be read" in caplog.text
    assert woken.names == [("p", False)]


def test_each_version_of_an_object_is_read_once_and_what_is_gone_is_forgotten() -> None:
    read = PromotionReader()
    first = read(document(1))
    assert read(document(1)) is first
    assert read(document(2)).resource_version == "2"
    read.keep([])
    assert read(document(2)) is not first


def test_the_answer_of_a_write_is_read_although_its_version_stays() -> None:
    read, bound = PromotionReader(), document(1)
    bound["metadata"]["finalizers"] = ["windlass.dev/promotion"]
    assert read(bound).finalized
    assert not read.afresh(document(1)).finalized
    assert not read(document(1)).finalized
