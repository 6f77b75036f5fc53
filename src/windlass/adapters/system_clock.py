"""The machine's clock."""

from datetime import UTC, datetime


class SystemClock:
    """Time as the operating system has it."""

    def now(self) -> datetime:
        """Return the time in UTC, aware."""
        return datetime.now(UTC)
