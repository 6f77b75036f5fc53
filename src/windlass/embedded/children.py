"""A child of the platform as data, and the process that runs it."""

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from windlass.embedded import leash

_LOG_BYTES = 10 * 1024 * 1024
"""A larger log gives way to a new one when its child starts; one old log is kept."""

GRACE_SECONDS = 4.0
"""Time a child has to stop by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to run and how to see that it is ready."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(repr=False)
    log: Path
    url: str = ""
    """Where people find it; empty when there is nothing to open."""
    health: str = ""
    """Answers 200 when it is ready (`http://…`), accepts connections (`tcp://…`), or is a file
    that the child writes (`file://…`)."""


class Child(Protocol):
    """A started plan."""

    @property
    def pid(self) -> int:
        """Process to look at in `ps`; ending it ends the child."""

    def exit_code(self) -> int | None:
        """None while it runs."""

    def stop(self) -> None:
        """Ask it to end; returns at once."""

    def kill(self) -> None:
        """End it in any case."""


class LeashedChild:
    """A child that ends with this process, also when this process is killed with -9."""

    def __init__(self, plan: Plan, shared_lock: int | None = None) -> None:
        plan.log.parent.mkdir(parents=True, exist_ok=True)
        _rotate(plan.log)
        with plan.log.open("ab") as log:
            self._process = subprocess.Popen(
                leashed(plan.command),
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=dict(plan.environment),
                # a Ctrl-C at the terminal is for the supervisor alone
                start_new_session=True,
                # held until the child is gone: the next platform waits for it
                pass_fds=() if shared_lock is None else (shared_lock,),
            )

    @property
    def pid(self) -> int:
        """Process id of the leash."""
        return self._process.pid

    def exit_code(self) -> int | None:
        """None while it runs."""
        return self._process.poll()

    def stop(self) -> None:
        """Let go of the pipe; the leash does the rest."""
        if self._process.stdin is not None:
            self._process.stdin.close()

    def kill(self) -> None:
        """Kill the leash; where the kernel can, it takes the command along."""
        self._process.kill()
        self._process.wait()


def _rotate(log: Path) -> None:
    if log.exists() and log.stat().st_size > _LOG_BYTES:
        log.replace(log.with_suffix(".old.log"))


def leashed(command: tuple[str, ...]) -> tuple[str, ...]:
    """Command line of a leash around `command`."""
    return (sys.executable, "-I", "-S", leash.__file__, str(GRACE_SECONDS), "--", *command)


def module(name: str, *arguments: str) -> tuple[str, ...]:
    """Command line of one of our modules in this interpreter."""
    return (sys.executable, "-m", name, *arguments)
