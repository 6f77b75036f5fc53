"""What a person sees of the demo: a line per finished stage, and what is going on now."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.progress import TaskID as Row
from rich.text import Text


@dataclass(slots=True)
class Screen:
    """Rows that move on a terminal; plain lines elsewhere."""

    console: Console
    progress: Progress
    rows: dict[str, Row] = field(default_factory=dict)
    told: dict[str, str] = field(default_factory=dict)
    began: float = field(default_factory=time.monotonic)

    def busy(self, topic: str, text: str, done: int = 0, total: int | None = None) -> None:
        """Show what a topic is at; one with a total has a bar."""
        if not self.console.is_terminal:
            line = text if total is None else f"{text} {done} of {total}"
            if self.told.get(topic) != line:
                self.console.print(f"    {line}", markup=False)
            self.told[topic] = line
            return
        if topic not in self.rows:
            self.rows[topic] = self.progress.add_task(text, total=total)
        self.progress.update(self.rows[topic], description=text, completed=done, total=total)

    def idle(self, topic: str) -> None:
        """Take the row of a topic away."""
        row = self.rows.pop(topic, None)
        if row is not None:
            self.progress.remove_task(row)

    def done(self, text: str) -> None:
        """Tell of a finished stage, with the time since the start."""
        self._line("✓", "green", text)

    def refused(self, text: str) -> None:
        """Tell of what was rightly refused."""
        self._line("✗", "yellow", text)

    def _line(self, mark: str, style: str, text: str) -> None:
        line = Text.assemble(
            (f"{mark} ", f"bold {style}"),
            (f"{time.monotonic() - self.began:5.1f} s  ", "dim"),
            text,
        )
        self.console.print(line)


@contextmanager
def screen() -> Iterator[Screen]:
    """A screen on stdout until the block ends."""
    terminal = sys.stdout.isatty()
    console = Console(highlight=False, width=None if terminal else 160)
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True, disable=not terminal) as progress:
        yield Screen(console, progress)
