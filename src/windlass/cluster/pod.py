"""How a program in a pod ends: its last line is the reason, which the kubelet shows in the pod."""

import sys
import time
from collections.abc import Callable
from typing import NoReturn, TypeVar

from windlass.domain.errors import SystemUnavailable, WindlassError

Found = TypeVar("Found")

_PAUSE = 1.0


def run(program: Callable[[], None]) -> NoReturn:
    """Run a program to its end; a WindlassError becomes one line, and exit code 1."""
    try:
        program()
    except WindlassError as error:
        print(error, file=sys.stderr)  # noqa: T201 # the kubelet reads it from here
        sys.exit(1)
    sys.exit(0)


def say(text: str) -> None:
    """Tell a line to whoever reads the pod's log."""
    print(text, flush=True)  # noqa: T201 # a pod's log is its standard output


def patiently(attempt: Callable[[], Found], seconds: float) -> Found:
    """Try again while a system does not answer; after `seconds` its SystemUnavailable is raised."""
    deadline, told = time.monotonic() + seconds, ""
    while True:
        try:
            return attempt()
        except SystemUnavailable as error:
            if time.monotonic() > deadline:
                raise
            if str(error) != told:
                told = str(error)
                say(f"waiting: {told}")
        time.sleep(_PAUSE)
