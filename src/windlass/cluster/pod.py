"""How a program in a pod ends: its last line is the reason, which the kubelet shows in the pod."""

import sys
from collections.abc import Callable
from typing import NoReturn

from windlass.domain.errors import WindlassError


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
