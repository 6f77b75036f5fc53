"""The files of this repository, as tests about the repository itself want them."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]


def texts(*patterns: str) -> dict[str, str]:
    """Read all text files, committed or about to be, that match one of git's path patterns."""
    command = ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others"]
    listed = subprocess.run(
        [*command, "--exclude-standard", "--", *patterns],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return {
        path: text
        for path in sorted(filter(None, listed.stdout.split("\0")))
        if (text := _text(path))
    }


def _text(path: str) -> str:
    """Nothing for a picture or other binary, and for a file that is gone from the folder."""
    try:
        return (ROOT / path).read_text(encoding="utf-8")
    except (UnicodeDecodeError, FileNotFoundError, IsADirectoryError):
        return ""
