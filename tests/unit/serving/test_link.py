"""How long a child process may take, and when it is taken for dead."""

import asyncio
from typing import Any

import pytest

from windlass.serving import link as module
from windlass.serving.config import Limits
from windlass.serving.guard import Failure
from windlass.serving.link import Link
from windlass.serving.scoring import LARGE_BYTES, Call, Kind, Outcome

LIMITS = Limits(deadline_ms=100)
LARGE = Call(Kind.JSON_TABLE, b" " * (8 * LARGE_BYTES))
SMALL = Call(Kind.JSON_TABLE, b" " * (LARGE_BYTES + 1))


class Silent:
    """A process, and the way to it, that swallows all it is sent."""

    def __init__(self) -> None:
        self.killed = asyncio.Event()

    def kill(self) -> None:
        self.killed.set()

    async def end(self) -> str:
        return "was ended"

    def write(self, frame: bytes) -> None:
        """Swallow it."""

    def abort(self) -> None:
        """Nothing to close."""

    def get_write_buffer_size(self) -> int:
        return 0


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_SILENCE_SECONDS", 0.2)


def linked(process: Any) -> Link:
    found = Link(process, LIMITS)
    found.connection_made(process)
    return found


async def test_a_process_that_works_on_a_large_table_is_not_taken_for_dead() -> None:
    process = Silent()
    link = linked(process)
    outcomes: asyncio.Queue[tuple[str, Outcome]] = asyncio.Queue()
    link.submit(LARGE, lambda outcome: outcomes.put_nowait(("large", outcome)))
    link.submit(SMALL, lambda outcome: outcomes.put_nowait(("small", outcome)))

    assert await outcomes.get() == ("small", Failure("no answer within 200 ms"))
    assert await outcomes.get() == ("large", Failure("no answer within 900 ms"))
    assert not process.killed.is_set()
    await asyncio.wait_for(process.killed.wait(), 5)


async def test_one_that_is_no_longer_needed_may_finish_what_it_was_asked() -> None:
    link = linked(Silent())
    outcomes = list[Outcome]()
    link.submit(LARGE, outcomes.append)

    await link.close()

    assert outcomes == [Failure("no answer within 900 ms")]
