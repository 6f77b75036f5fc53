"""Programs that tests start: waited for, and killed by their process id."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

READY_SECONDS = 110.0
"""A cold start of MLflow or Prefect takes 10 s on a quiet machine; this is for a busy one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """What to start, as whom, and how to see that it is ready."""

    command: Sequence[str]
    folder: Path
    """Where it runs and where its log goes."""
    ready: Callable[[], bool]
    environment: Mapping[str, str] = field(default_factory=dict)
    user: str | None = None


@contextmanager
def started(program: Program) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a program until the block ends."""
    log = program.folder / "output.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            program.command,
            cwd=program.folder,
            env={**os.environ, **program.environment},
            stdout=output,
            stderr=subprocess.STDOUT,
            user=program.user,
            start_new_session=True,
        )
    try:
        _wait_until_ready(program, process, log)
        yield process
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def required(name: str, advice: str, *folders: Path) -> str:
    """Path of a program that `-m real` needs; a missing one fails the test, it never skips."""
    search = os.pathsep.join([os.environ.get("PATH", ""), *map(str, folders)])
    found = shutil.which(name, path=search)
    if found is None:
        pytest.fail(f"the tests marked real need {name}: {advice}", pytrace=False)
    return found


@contextmanager
def folder_of(user: str | None) -> Iterator[Path]:
    """Make a folder that `user` can reach, which pytest's own folders are not for others."""
    folder = Path(tempfile.mkdtemp(prefix="windlass-"))
    if user is not None:
        shutil.chown(folder, user)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def unprivileged(*preferred: str) -> str | None:
    """Return a user to run as what refuses root; None when we are not root anyway."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in (*preferred, "nobody") if name in known)


def wait_for(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    """Wait until a condition holds; fails when it does not in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds:g} s: {condition}"
        time.sleep(0.02)


def _wait_until_ready(program: Program, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not program.ready():
        if process.poll() is not None or time.monotonic() > deadline:
            pytest.fail(f"{program.command[0]} did not start: {log.read_text()[-2000:]}")
        time.sleep(0.05)
