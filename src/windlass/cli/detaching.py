"""A platform in the background."""

import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from windlass.adapters.platform_file import read_record
from windlass.bootstrap.folder import Folder
from windlass.bootstrap.ownership import running_pid
from windlass.cli.target import shown
from windlass.domain.errors import InputError, SystemUnavailable

_READY_SECONDS = 180.0


def start_detached(place: Path, ports: Mapping[str, int]) -> None:
    """Start `windlass up` as a session of its own and wait until it is ready."""
    if running_pid(Folder(place)) is not None:
        raise InputError(
            f"a platform runs in {shown(place)} already:"
            " see `windlass status`, stop it with `windlass down`"
        )
    log = Folder(place).logs / "supervisor.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    options = [f"--{name.replace('_', '-')}={port}" for name, port in ports.items()]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "windlass.cli", "up", f"--folder={place}", *options],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    _wait_until_ready(process, place, log)


def _wait_until_ready(process: "subprocess.Popen[bytes]", place: Path, log: Path) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise InputError(_last_line(log).removeprefix("windlass: "))
        record = read_record(place)
        if record is not None and record.pid == process.pid and record.state == "ready":
            # it goes on without us: not waiting for it is what was asked for
            process.returncode = 0
            return
        time.sleep(0.1)
    raise SystemUnavailable(
        "windlass", f"the platform is not ready after {_READY_SECONDS:.0f} s; see {shown(log)}"
    )


def _last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines()
    return lines[-1] if lines else f"the platform ended at once; see {shown(log)}"
