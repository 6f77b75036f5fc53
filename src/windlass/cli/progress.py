"""What a person sees of long work: rows that move on a terminal, plain lines elsewhere."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.text import Text

_BAR = BarColumn(bar_width=24)


class _Share(ProgressColumn):
    """A bar and a count, for work that is counted."""

    def render(self, task: Task) -> Text:
        """Return the count."""
        return Text(f"{task.completed:.0f}/{task.total:.0f}" if task.total else "")


class _CountedBar(ProgressColumn):
    """A bar, only for work that is counted."""

    def render(self, task: Task) -> "Text | object":
        """Return the bar."""
        return _BAR.render(task) if task.total else Text("")


@dataclass(slots=True, kw_only=True)
class Screen:
    """One row per topic that is being worked on, and above them what is done."""

    console: Console
    progress: Progress
    rows: dict[str, TaskID] = field(default_factory=dict)
    told: dict[str, str] = field(default_factory=dict)
    began: float = field(default_factory=time.monotonic)
