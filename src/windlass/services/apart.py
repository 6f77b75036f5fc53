"""Calls in a process of their own, for code that reads what others wrote and may die of it.

Not `multiprocessing`: its children import the caller's main module again, which in a flow run is
all of Prefect.
"""

import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from windlass.domain.errors import InputError

P = ParamSpec("P")
R = TypeVar("R")

_FAILED = 1
"""Python's own exit code after an exception that nobody caught."""
_FROM_OUTSIDE = frozenset({-signal.SIGKILL, -signal.SIGTERM, -signal.SIGINT, -signal.SIGHUP})
"""What a kernel short of memory, a node that is drained or a person sends: no word on the code."""


class Crashed(Exception):
    """The process died before it could answer."""


def call_apart(function: Callable[P, R], *arguments: P.args, **named: P.kwargs) -> R:
    """Call a module's function elsewhere.

    InputError comes back, the process's own death is Crashed, anything else is a RuntimeError with
    the last line of its traceback, or with the signal by which somebody else ended it.
    """
    done = subprocess.run(
        (sys.executable, "-P", "-m", __name__),
        input=pickle.dumps((function, arguments, named)),
        capture_output=True,
        check=False,
    )
    if done.returncode == _FAILED:
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        raise RuntimeError(lines[-1] if lines else "the process failed without a word")
    if done.returncode in _FROM_OUTSIDE:
        ended = signal.Signals(-done.returncode).name
        raise RuntimeError(f"the process was ended by {ended}, most likely for want of memory")
    if done.returncode:
        raise Crashed(f"the process that read the bundle died of it (exit code {done.returncode})")
    answer: R | InputError = pickle.loads(done.stdout)
    if isinstance(answer, InputError):
        raise answer
    return answer


def main() -> None:
    """Answer the call on standard input."""
    answers = os.dup(1)
    # what libraries print must not get between the answer's bytes
    os.dup2(2, 1)
    function, arguments, named = pickle.load(sys.stdin.buffer)
    answer: object
    try:
        answer = function(*arguments, **named)
    except InputError as error:
        answer = error
    with open(answers, "wb") as output:
        pickle.dump(answer, output)


if __name__ == "__main__":
    main()
