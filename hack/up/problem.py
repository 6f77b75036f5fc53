"""What ends `make up`: one message with cause and remedy."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class Problem(Exception):
    """Something that the user has to mend."""


def output(command: Sequence[str], remedy: str, *, seconds: float = 60, text: str = "") -> str:
    """Standard output of a command; Problem with its last words and a remedy when it fails."""
    try:
        ended = subprocess.run(
            command, input=text, capture_output=True, text=True, timeout=seconds, cwd=ROOT
        )
    except FileNotFoundError as error:
        raise Problem(f"there is no program {command[0]} here: install it ({remedy})") from error
    except subprocess.TimeoutExpired as error:
        raise Problem(
            f"`{' '.join(command[:4])} …` did not end in {seconds:.0f} s: {remedy}"
        ) from error
    if ended.returncode != 0:
        last = (ended.stderr or ended.stdout).strip().splitlines()[-1:]
        raise Problem(f"`{' '.join(command[:4])} …` failed: {' '.join(last)}\n{remedy}")
    return ended.stdout


def watched(command: Sequence[str], remedy: str) -> None:
    """Run a command whose own words are shown; Problem when it fails."""
    try:
        ended = subprocess.run(command, cwd=ROOT, check=False)
    except FileNotFoundError as error:
        raise Problem(f"there is no program {command[0]} here: install it ({remedy})") from error
    if ended.returncode != 0:
        raise Problem(f"`{' '.join(command[:4])} …` failed (see above): {remedy}")
