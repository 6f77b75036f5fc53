"""Runs one command that must not outlive the supervisor.

The supervisor starts this file by its path, with a bare interpreter and a pipe as standard input:
`python -I -S leash.py GRACE_SECONDS -- command…`. When the pipe ends, because the supervisor closed
it or was killed with -9, the command's process group is asked to stop, and killed after the grace.
Linux also tells the command when this process dies, and hands us processes that left the group.
Standard library only: there is one leash per child, and each must cost next to nothing.
"""

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

_ON_PARENTS_DEATH, _ADOPT_DESCENDANTS = 1, 36
"""PR_SET_PDEATHSIG and PR_SET_CHILD_SUBREAPER of Linux' prctl."""


def main(arguments: Sequence[str]) -> int:
    """Run the command and return its exit code; 128 + n after signal n."""
    grace, separator, *command = arguments
    if separator != "--" or not command:
        return 2
    _control(_ADOPT_DESCENDANTS, 1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # the leash has one thread at this point, so running Python before exec is safe
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        process_group=0,
        preexec_fn=lambda: _control(_ON_PARENTS_DEATH, signal.SIGKILL),
    )
    signal.signal(signal.SIGTERM, lambda *_: _in_thread(_end, process, float(grace)))
    _in_thread(_end_with_pipe, process, float(grace))
    code = process.wait()
    _kill_remains(process.pid)
    return code if code >= 0 else 128 - code


def _in_thread(
    target: Callable[["subprocess.Popen[bytes]", float], None],
    process: "subprocess.Popen[bytes]",
    grace: float,
) -> None:
    """Leave the main thread waiting: only there is the command's end seen."""
    threading.Thread(target=target, args=(process, grace), daemon=True).start()


def _end_with_pipe(process: "subprocess.Popen[bytes]", grace: float) -> None:
    while os.read(0, 64):
        pass
    _end(process, grace)


def _end(process: "subprocess.Popen[bytes]", grace: float) -> None:
    """Ask the whole group to stop, then kill it; `main` goes on once the command is gone."""
    _signal_group(process.pid, signal.SIGTERM)
    deadline = time.monotonic() + grace
    while process.returncode is None and time.monotonic() < deadline:
        time.sleep(0.05)
    _signal_group(process.pid, signal.SIGKILL)


def _signal_group(group: int, number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def _kill_remains(group: int) -> None:
    """Kill what the command left behind: its group, and on Linux descendants that left that."""
    _signal_group(group, signal.SIGKILL)
    for _ in range(20):
        remains = _adopted()
        if not remains:
            return
        for pid in remains:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        time.sleep(0.05)


def _adopted() -> list[int]:
    children = Path("/proc/self/task", str(os.getpid()), "children")
    try:
        return [int(pid) for pid in children.read_text().split()]
    except OSError:
        return []


def _control(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
