"""Waiting for a system that is just starting."""

import time
from collections.abc import Callable
from typing import TypeVar

from windlass.domain.errors import SystemUnavailable

Found = TypeVar("Found")

_PAUSE = 1.0


def patiently(attempt: Callable[[], Found], seconds: float, tell: Callable[[str], None]) -> Found:
    """Try again while a system does not answer; after `seconds` its SystemUnavailable is raised.

    Each new reason is told once.
    """
    deadline, told = time.monotonic() + seconds, ""
    while True:
        try:
            return attempt()
        except SystemUnavailable as fault:
            if time.monotonic() >= deadline:
                raise
            if str(fault) != told:
                told = str(fault)
                tell(f"waiting: {told}")
        time.sleep(_PAUSE)
