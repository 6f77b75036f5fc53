"""Blocking work beside the event loop, in daemon threads: a call that hangs can't delay exit."""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import TypeVar

from windlass.serving.guard import Failure, attempt

Result = TypeVar("Result")


async def in_thread(act: Callable[[], Result]) -> Result | Failure:
    """Run `act` in a thread of its own; what it raises comes back as a Failure."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Result | Failure] = loop.create_future()

    def settle(result: Result | Failure) -> None:
        if not future.done():
            future.set_result(result)

    def run() -> None:
        result = attempt(act)
        # the loop may be gone by the time a slow call returns
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(settle, result)

    threading.Thread(target=run, daemon=True).start()
    return await future
