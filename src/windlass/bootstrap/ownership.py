"""Who may use the folder of a platform, and who does."""

import fcntl
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from windlass.bootstrap.folder import Folder
from windlass.domain.errors import InputError, SystemUnavailable

_OWNER_SECONDS = 0.3
"""Someone who only asks who runs here holds the lock for an instant."""
_CHILDREN_SECONDS = 15.0
"""The children of a killed platform are gone long before."""


@contextmanager
def owned(folder: Folder) -> Iterator[int]:
    """Be the only platform of a folder; yields the descriptor that children share.

    Locks of the kernel end with their process, so none is ever stale. The second lock is held by
    the children too: after a kill -9 we wait until they have let go of the databases.
    """
    _prepare(folder)
    with _open(folder.root / "lock") as own, _open(folder.root / "children.lock") as shared:
        if not _lock_within(_OWNER_SECONDS, own):
            pid = running_pid(folder)
            raise InputError(
                f"a platform runs in {folder.root} already (process {pid}):"
                " see `windlass status`, stop it with `windlass down`"
            )
        os.ftruncate(own, 0)
        os.write(own, str(os.getpid()).encode())
        if not _lock_within(_CHILDREN_SECONDS, shared):
            raise SystemUnavailable(
                "windlass", f"processes of the last platform in {folder.root} do not end"
            )
        yield shared


def _prepare(folder: Folder) -> None:
    """Make the folder; nobody else may look into it, for it holds tokens."""
    try:
        folder.root.mkdir(parents=True, exist_ok=True)
        folder.root.chmod(0o700)
        for path in (folder.logs, folder.signs):
            path.mkdir(exist_ok=True)
        (folder.root / ".gitignore").write_text("*\n")
    except OSError as error:
        raise InputError(f"can't write to {folder.root}: {error.strerror}") from error


def running_pid(folder: Folder) -> int | None:
    """Process that holds the folder; None when nobody does, whatever files were left there."""
    path = folder.root / "lock"
    if not path.exists():
        return None
    with _open(path) as descriptor:
        if _lock(descriptor):
            return None
        text = os.pread(descriptor, 20, 0).decode()
    return int(text) if text.isdigit() else None


@contextmanager
def _open(path: Path) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _lock_within(seconds: float, descriptor: int) -> bool:
    deadline = time.monotonic() + seconds
    while not _lock(descriptor):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def stop_running(folder: Folder, pid: int) -> None:
    """Ask the platform of a folder to stop and wait until it has.

    The lock proves that the process is the platform: its kernel lock ends with it.
    """
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + _CHILDREN_SECONDS
    while running_pid(folder) == pid:
        if time.monotonic() > deadline:
            raise SystemUnavailable("windlass", f"process {pid} does not stop")
        time.sleep(0.05)
