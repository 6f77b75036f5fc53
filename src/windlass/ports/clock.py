"""Time."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """The one source of `now`."""

    def now(self) -> datetime:
        """Return the time in UTC, aware."""
