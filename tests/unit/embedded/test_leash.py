"""A command on a leash ends with whoever holds the leash: real processes, no sockets."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.processes import wait_for
from windlass.embedded import leash

GRACE = "0.3"
SLEEPER = "import time; time.sleep(600)"


@pytest.fixture
def holder() -> Iterator["list[subprocess.Popen[bytes]]"]:
    started: list[subprocess.Popen[bytes]] = []
    yield started
    for process in started:
        process.kill()
        process.communicate()


def leashed(started: "list[subprocess.Popen[bytes]]", *command: str) -> "subprocess.Popen[bytes]":
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", leash.__file__, GRACE, "--", *command],
        stdin=subprocess.PIPE,
        start_new_session=True,
    )
    started.append(process)
    return process


def let_go(process: "subprocess.Popen[bytes]") -> int:
    assert process.stdin is not None
    process.stdin.close()
    return process.wait(10)


def is_running(pid: int) -> bool:
    state = Path(f"/proc/{pid}/stat")
    if sys.platform != "linux":
        return subprocess.run(["ps", "-p", str(pid)], capture_output=True).returncode == 0
    return state.exists() and state.read_text().rpartition(")")[2].split()[0] != "Z"


@pytest.mark.parametrize("code", [0, 3])
def test_the_commands_exit_code_is_passed_on(
    holder: "list[subprocess.Popen[bytes]]", code: int
) -> None:
    assert leashed(holder, sys.executable, "-c", f"raise SystemExit({code})").wait(10) == code


def test_a_command_stops_when_the_holder_lets_go(holder: "list[subprocess.Popen[bytes]]") -> None:
    process = leashed(holder, sys.executable, "-c", SLEEPER)
    assert let_go(process) == 128 + 15


def test_a_command_that_ignores_the_request_is_killed_after_the_grace(
    holder: "list[subprocess.Popen[bytes]]", tmp_path: Path
) -> None:
    sign = tmp_path / "sign"
    stubborn = (
        "import pathlib, signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        f"pathlib.Path({str(sign)!r}).touch(); time.sleep(600)"
    )
    process = leashed(holder, sys.executable, "-c", stubborn)
    wait_for(sign.exists)
    began = time.monotonic()
    assert let_go(process) == 128 + 9
    assert time.monotonic() - began >= float(GRACE)


def test_what_the_command_started_ends_too(
    holder: "list[subprocess.Popen[bytes]]", tmp_path: Path
) -> None:
    sign = tmp_path / "pid"
    parent = (
        "import pathlib, subprocess, sys, time;"
        f"child = subprocess.Popen([sys.executable, '-c', {SLEEPER!r}]);"
        f"pathlib.Path({str(sign)!r}).write_text(str(child.pid)); time.sleep(600)"
    )
    process = leashed(holder, sys.executable, "-c", parent)
    wait_for(lambda: sign.exists() and sign.read_text().isdigit())
    grandchild = int(sign.read_text())
    assert is_running(grandchild)
    let_go(process)
    wait_for(lambda: not is_running(grandchild))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux hands descendants back")
def test_what_left_the_group_ends_too(
    holder: "list[subprocess.Popen[bytes]]", tmp_path: Path
) -> None:
    sign = tmp_path / "pid"
    parent = (
        "import pathlib, subprocess, sys, time; child = subprocess.Popen("
        f"[sys.executable, '-c', {SLEEPER!r}], start_new_session=True);"
        f"pathlib.Path({str(sign)!r}).write_text(str(child.pid)); time.sleep(600)"
    )
    process = leashed(holder, sys.executable, "-c", parent)
    wait_for(lambda: sign.exists() and sign.read_text().isdigit())
    assert let_go(process) == 128 + 15
    wait_for(lambda: not is_running(int(sign.read_text())))


def test_a_leash_without_a_command_is_wrong_use() -> None:
    assert leash.main(["1", "--"]) == 2
