"""The one boundary behind which anything may be raised: model code and other people's clients."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from windlass.domain.errors import SystemUnavailable, WindlassError

Result = TypeVar("Result")

_QUIET_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Failure:
    """Why something did not work, as a value."""

    reason: str
    transient: bool = False
    """Worth trying again: a system did not answer."""
    unlucky: bool = False
    """Worth a few tries: a machine short of memory kills processes that did nothing wrong."""
    error: Exception | None = None
    """Kept for the log when it was not one of our own."""


def attempt(act: Callable[[], Result]) -> Result | Failure:
    """Run model code or a port: whatever it raises is a value, so that serving goes on."""
    try:
        return act()
    except SystemUnavailable as error:
        return Failure(str(error), transient=True)
    except WindlassError as error:
        return Failure(str(error))
    except Exception as error:  # noqa: BLE001 - model code may raise anything; the log has it all
        return Failure(f"{type(error).__name__}: {error}", error=error)


class Complaints:
    """Logs failures, at most one a second, so that a broken model can't flood the log."""

    def __init__(self, logger: logging.Logger, clock: Callable[[], float] = time.monotonic) -> None:
        self._logger = logger
        self._clock = clock
        self._quiet_until = 0.0
        self._withheld = 0

    def about(self, subject: str, failure: Failure) -> None:
        """Log a failure with its traceback, unless one was logged just now."""
        now = self._clock()
        if now < self._quiet_until:
            self._withheld += 1
            return
        self._quiet_until = now + _QUIET_SECONDS
        more = f" (and {self._withheld} more since the last line)" if self._withheld else ""
        self._withheld = 0
        self._logger.warning("%s: %s%s", subject, failure.reason, more, exc_info=failure.error)
