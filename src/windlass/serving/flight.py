"""How many requests are in work or waiting for their turn in the event loop, and what they hold."""

import asyncio
from collections.abc import Collection


class Flight:
    """Counts by the HTTP server's own set of tasks.

    A request has a task from the moment its head was read, so the count sees the queue before the
    event loop and not only what already runs. Tasks leave that set one turn after they end, so
    those that ended are subtracted; so are those that wait for a slow client's body.
    """

    def __init__(self, most_bytes: int = 0) -> None:
        self.room = most_bytes
        """Bytes that bodies may still bring."""
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


class Portion:
    """What the body of one request holds of the memory for all of them."""

    def __init__(self, flight: Flight) -> None:
        self._flight = flight
        self._size = 0

    def take(self, size: int) -> bool:
        """Hold more, if there is room."""
        if size > self._flight.room:
            return False
        self._flight.room -= size
        self._size += size
        return True

    def free(self) -> None:
        """Hold nothing any more."""
        self._flight.room += self._size
        self._size = 0
