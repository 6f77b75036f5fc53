"""How many requests are in work or waiting for their turn in the event loop."""

import asyncio
from collections.abc import Collection


class Flight:
    """Counts by the HTTP server's own set of tasks.

    A request has a task from the moment its head was read, so the count sees the queue before the
    event loop and not only what already runs. Tasks leave that set one turn after they end, so
    those that ended are subtracted; so are those that wait for a slow client's body.
    """

    def __init__(self) -> None:
        self._tasks: Collection[object] = ()
        self._landed = 0
        self._reading = 0

    def watch(self, tasks: Collection[object]) -> None:
        """Count this set, which changes."""
        self._tasks = tasks

    @property
    def count(self) -> int:
        """Requests in work or waiting."""
        return len(self._tasks) - self._landed - self._reading

    def reading(self, change: int) -> None:
        """Note that a request begins (1) or ends (-1) to wait for its body."""
        self._reading += change

    def land(self) -> None:
        """Note that the current task's request is answered."""
        task = asyncio.current_task()
        if task is not None:
            self._landed += 1
            task.add_done_callback(self._leave)

    def _leave(self, _: object) -> None:
        self._landed -= 1
