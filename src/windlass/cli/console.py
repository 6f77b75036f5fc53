"""What the command line prints: results to stdout, everything else to stderr."""

import json
import sys
from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console, RenderableType


_WIDE = 240


class Output(StrEnum):
    """Form of a result."""

    TEXT = "text"
    JSON = "json"


def say(text: str) -> None:
    """Print a line of the result."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def note(text: str) -> None:
    """Print a line about the result."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def say_json(document: object) -> None:
    """Print the result as JSON, and nothing else."""
    say(json.dumps(document, indent=2, ensure_ascii=False, default=str))


def result_console() -> "Console":
    """Rich console on stdout."""
    from rich.console import Console

    # cut to a width nobody has, addresses and messages would be lost to files and pipes
    return Console(highlight=False, width=None if sys.stdout.isatty() else _WIDE)


def note_console() -> "Console":
    """Rich console on stderr."""
    from rich.console import Console

    return Console(stderr=True, highlight=False)


def table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> "RenderableType":
    """A plain table."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    made = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for title in titles:
        made.add_column(title, overflow="fold")
    for row in rows:
        made.add_row(*map(Text, row))
    return made
