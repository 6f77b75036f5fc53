"""hack/python.sh: which Python a new clone gets, told by programs that only pretend."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.repository import ROOT


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A folder that is the whole PATH, with a shell in it."""
    for program in ("bash", "env"):
        found = next(
            Path(folder) / program
            for folder in os.defpath.split(":")
            if (Path(folder) / program).exists()
        )
        (tmp_path / program).symlink_to(found)
    return tmp_path


def pretend(programs: Path, name: str, script: str) -> None:
    program = programs / name
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


def choose(programs: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [ROOT / "hack" / "python.sh"],
        env={"PATH": str(programs), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_program_that_does_not_start_is_passed_over(programs: Path) -> None:
    pretend(programs, "python3.13", "echo 'command not found' >&2; exit 127")
    pretend(programs, "python3.12", "exit 1")
    pretend(programs, "python3.11", f'exec "{sys.executable}" "$@"')
    chosen = choose(programs)
    assert Path(chosen.stdout.strip()).samefile(sys.executable)


def test_the_asked_for_program_is_the_only_one_tried(programs: Path) -> None:
    pretend(programs, "python3.11", f'exec "{sys.executable}" "$@"')
    refused = choose(programs, PYTHON="python3.10")
    assert refused.returncode == 1
    assert "none of these runs as one: python3.10" in refused.stderr


def test_no_python_at_all_ends_in_one_line_that_says_what_to_install(programs: Path) -> None:
    refused = choose(programs)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.count("\n") == 1
    assert "Python 3.11, 3.12 or 3.13" in refused.stderr


def test_a_python_without_its_venv_module_is_named(programs: Path) -> None:
    pretend(programs, "python3.12", "exit 3")
    refused = choose(programs)
    assert refused.stderr.startswith("python3.12 lacks its venv module")
