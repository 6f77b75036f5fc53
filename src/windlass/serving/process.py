"""The operating-system side of a child: start, end, and how it ended."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from functools import partial

from windlass.serving.background import in_thread
from windlass.serving.guard import Failure

_REAP_SECONDS = 10.0
KILLED = "was ended by SIGKILL"
"""How a process ends that a kernel short of memory chose."""


class ChildProcess:
    """A running `windlass.serving.child` and our end of its socket."""

    def __init__(self, process: "subprocess.Popen[bytes]", connection: socket.socket) -> None:
        self._process = process
        self.connection = connection

    @classmethod
    def start(cls, loader: str, memory: int) -> "ChildProcess":
        """Start it; on Linux call this in the main thread, whose end the kernel tells it of.

        It gets an interpreter that finds the same modules and nothing else of our environment:
        no token, no store credentials.
        """
        ours, theirs = socket.socketpair()
        with theirs:
            descriptor = theirs.fileno()
            arguments = (str(descriptor), loader, str(os.getpid()), str(memory))
            process = subprocess.Popen(
                (sys.executable, "-P", "-m", "windlass.serving.child", *arguments),
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                pass_fds=(descriptor,),
                env={"PYTHONPATH": os.pathsep.join(sys.path), "OMP_NUM_THREADS": "1"},
            )
        return cls(process, ours)

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    def kill(self) -> None:
        """Kill it unless it is dead already."""
        self._process.kill()

    async def end(self) -> str:
        """Kill it unless it is dead already, reap it, and say how it ended."""
        self._process.kill()
        if self._process.stdin is not None:
            self._process.stdin.close()
        wait: Callable[[], int] = partial(self._process.wait, _REAP_SECONDS)
        code = await in_thread(wait)
        return "can't be ended" if isinstance(code, Failure) else _ending(code)


def _ending(code: int) -> str:
    if code >= 0:
        return f"ended with exit code {code}"
    return f"was ended by {signal.Signals(-code).name}"
