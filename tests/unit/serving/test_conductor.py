import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from tests.support.desks import CHAMPION, OTHER
from windlass.domain.names import ModelName
from windlass.domain.routing import Routing
from windlass.serving import conductor as module
from windlass.serving.conductor import Conductor
from windlass.serving.desk import Desk

FIRST = Routing(generation=1, champion=CHAMPION)
SECOND = Routing(generation=2, champion=OTHER)


class StubLoading:
    """Notes what it is to bring; hangs, fails or asks for another try as it is told."""

    def __init__(self) -> None:
        self.brought: list[int] = []
        self.broken_off: list[int] = []
        self.hangs_at: int | None = None
        self.tries = 0
        self.faults = 0
        self.lost: Callable[[], None] | None = None
        self.stopped = False

    async def bring(self, routing: Routing, lost: Callable[[], None]) -> bool:
        """Do as told."""
        self.lost = lost
        try:
            if routing.generation == self.hangs_at:
                await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.broken_off.append(routing.generation)
            raise
        self.brought.append(routing.generation)
        if self.faults:
            self.faults -= 1
            raise RuntimeError("a bug")
        self.tries -= 1
        return self.tries >= 0

    async def stop(self) -> None:
        """Note it."""
        self.stopped = True


@asynccontextmanager
async def running(loading: StubLoading) -> AsyncIterator[Conductor]:
    conductor = Conductor(Desk(ModelName("fake-model"), "pod"), loading, 60.0)
    task = asyncio.create_task(conductor.run())
    try:
        yield conductor
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_document_is_settled_once_it_was_brought() -> None:
    loading = StubLoading()
    async with running(loading) as conductor:
        conductor.accept(FIRST)
        await conductor.settled()

        assert loading.brought == [1]

    assert loading.stopped


async def test_a_newer_document_breaks_off_the_loading_of_an_older_one() -> None:
    loading = StubLoading()
    loading.hangs_at = 1
    async with running(loading) as conductor:
        conductor.accept(FIRST)
        while loading.lost is None:
            await asyncio.sleep(0)
        conductor.accept(SECOND)
        await conductor.settled()

    assert (loading.brought, loading.broken_off) == ([2], [1])


@pytest.mark.parametrize("how", ["tries", "faults"])
async def test_what_did_not_work_is_tried_again(how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PAUSES", (0.0,))
    loading = StubLoading()
    setattr(loading, how, 2)
    async with running(loading) as conductor:
        conductor.accept(FIRST)
        while len(loading.brought) < 3:
            await asyncio.sleep(0)

    assert loading.brought == [1, 1, 1]


async def test_a_lost_process_leads_to_another_pass() -> None:
    loading = StubLoading()
    async with running(loading) as conductor:
        conductor.accept(FIRST)
        await conductor.settled()
        assert loading.lost is not None
        loading.lost()
        while len(loading.brought) < 2:
            await asyncio.sleep(0)

    assert loading.brought == [1, 1]


async def test_nobody_waits_longer_than_asked_for() -> None:
    loading = StubLoading()
    loading.hangs_at = 1
    conductor = Conductor(Desk(ModelName("fake-model"), "pod"), loading, 0.01)
    conductor.accept(FIRST)

    await conductor.settled()

    assert loading.brought == []
