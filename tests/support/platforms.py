"""Embedded platforms that tests run: the command line as users have it, and who runs below it."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from windlass.adapters.platform_file import PlatformRecord, read_record

UP_SECONDS = 170.0


@dataclass(frozen=True, slots=True)
class Said:
    """How a command ended."""

    code: int
    out: str
    err: str


@dataclass(frozen=True, slots=True)
class Platform:
    """The platform of a folder."""

    folder: Path

    def windlass(self, *arguments: str, seconds: float = 60.0) -> Said:
        """Run a command on it."""
        done = subprocess.run(
            [sys.executable, "-P", "-m", "windlass.cli", *arguments, "--folder", str(self.folder)],
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
        return Said(done.returncode, done.stdout, done.stderr)

    def up(self) -> None:
        """Start it and wait until it is ready."""
        said = self.windlass("up", "--detach", seconds=UP_SECONDS)
        assert said.code == 0, f"{said.err}\n{self.logs()}"

    def record(self) -> PlatformRecord:
        """What it tells of itself."""
        record = read_record(self.folder)
        assert record is not None
        return record

    def health(self) -> dict[str, bool]:
        """Which of its processes answer."""
        said = self.windlass("status", "--output", "json")
        return {one["name"]: one["healthy"] for one in json.loads(said.out)["processes"]}

    def logs(self) -> str:
        """The end of every log."""
        logs = sorted((self.folder / "logs").glob("*.log"))
        return "\n".join(f"{log.name}: {log.read_text(errors='replace')[-1500:]}" for log in logs)


@contextmanager
def platform(folder: Path) -> Iterator[Platform]:
    """A running platform; nothing of it is left at the end."""
    made = Platform(folder)
    try:
        made.up()
        yield made
    finally:
        made.windlass("down")


def descendants(pid: int) -> list[int]:
    """Processes below one, itself not among them."""
    listing = subprocess.run(["ps", "-eo", "pid,ppid"], capture_output=True, text=True, check=True)
    pairs = [tuple(map(int, line.split())) for line in listing.stdout.splitlines()[1:]]
    found, fresh = list[int](), [pid]
    while fresh:
        fresh = [child for child, parent in pairs if parent in fresh]
        found += fresh
    return found


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that is dead and not yet reaped does not."""
    listing = subprocess.run(
        ["ps", "-p", str(pid), "-o", "stat="], capture_output=True, text=True, check=False
    )
    return bool(listing.stdout.strip()) and not listing.stdout.startswith("Z")


def kill(pid: int) -> None:
    """Kill -9."""
    os.kill(pid, signal.SIGKILL)
