"""What a person sees of long work: rows that move on a terminal, plain lines elsewhere."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console, RenderableType
from rich.progress import (
    BarColumn,
    Progress,
    SpinnerColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.text import Text

_PLAIN_WIDTH = 160


class _CountedBar(BarColumn):
    """A bar, only for work that is counted."""

    def render(self, task: Task) -> RenderableType:  # type: ignore[override] # only read by rich
        """Return the bar, or nothing."""
        return super().render(task) if task.total else Text("")


@dataclass(slots=True, kw_only=True)
class Screen:
    """A row per topic that is worked on, and above them what is done."""

    console: Console
    progress: Progress
    _rows: dict[str, TaskID] = field(default_factory=dict)
    _counted: set[str] = field(default_factory=set)
    _told: dict[str, str] = field(default_factory=dict)
    _began: float = field(default_factory=time.monotonic)

    def busy(self, topic: str, text: str, *, aside: str = "") -> None:
        """Show what a topic is at; `aside` changes all the time and is for terminals only."""
        if self.console.is_terminal:
            self._show(topic, f"{text}  {aside}".rstrip(), 0, None)
        else:
            self._tell(topic, text)

    def count(self, topic: str, text: str, done: int, total: int) -> None:
        """Show how much of a topic is done."""
        if self.console.is_terminal:
            self._show(topic, f"{text} {done}/{total}", done, total)
        else:
            self._tell(topic, f"{text} {done}/{total}")

    def idle(self, topic: str) -> None:
        """Take the row of a topic away."""
        self._counted.discard(topic)
        row = self._rows.pop(topic, None)
        if row is not None:
            self.progress.remove_task(row)

    def done(self, text: str) -> None:
        """Tell of a finished stage, with the time since the start."""
        self._line("✓", "green", text)

    def refused(self, text: str) -> None:
        """Tell of what was rightly refused."""
        self._line("✗", "yellow", text)

    def _show(self, topic: str, text: str, done: int, total: int | None) -> None:
        if (topic in self._counted) != (total is not None):
            # rich never takes a total away again
            self.idle(topic)
        if topic not in self._rows:
            self._rows[topic] = self.progress.add_task(text, total=total)
        self.progress.update(self._rows[topic], description=text, completed=done, total=total)
        (self._counted.discard if total is None else self._counted.add)(topic)

    def _tell(self, topic: str, text: str) -> None:
        if self._told.get(topic) != text:
            self.console.print(f"    {text}", markup=False, soft_wrap=True)
        self._told[topic] = text

    def _line(self, mark: str, style: str, text: str) -> None:
        elapsed = f"{time.monotonic() - self._began:5.1f} s  "
        line = Text.assemble((f"{mark} ", f"bold {style}"), (elapsed, "dim"), text)
        self.console.print(line, soft_wrap=not self.console.is_terminal)


class ScreenProgress:
    """Progress of a training on a screen."""

    def __init__(self, screen: Screen, topic: str = "training") -> None:
        self._screen = screen
        self._topic = topic

    def stage(self, text: str) -> None:
        """Show a stage."""
        self._screen.busy(self._topic, text)

    def step(self, text: str, done: int, total: int) -> None:
        """Show how far it is."""
        self._screen.count(self._topic, text, done, total)


@contextmanager
def screen(*, stderr: bool = False) -> Iterator[Screen]:
    """A screen until the block ends."""
    console = Console(stderr=stderr, highlight=False)
    if not console.is_terminal:
        console = Console(stderr=stderr, highlight=False, width=_PLAIN_WIDTH)
    columns = (
        SpinnerColumn(finished_text="✓"),
        _CountedBar(bar_width=24),
        TextColumn("{task.description}", markup=False),
        TimeElapsedColumn(),
    )
    shown = console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=not shown) as progress:
        yield Screen(console=console, progress=progress)
