"""Twin of the clock: time stands still until a test moves it."""

from datetime import UTC, datetime, timedelta


class MemoryClock:
    """Begins at noon of a fixed day."""

    def __init__(self, start: datetime = datetime(2024, 5, 1, 12, tzinfo=UTC)) -> None:
        self._now = start

    def now(self) -> datetime:
        """Return the time in UTC, aware."""
        return self._now

    def advance(self, by: timedelta) -> None:
        """Let time pass."""
        self._now += by
