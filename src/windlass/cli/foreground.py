"""A platform in the foreground: what runs, as a live table or as lines, until Ctrl-C."""

import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from rich.console import Group, RenderableType
from rich.live import Live
from rich.text import Text

from windlass.bootstrap.folder import Folder
from windlass.cli.console import note, note_console, table
from windlass.cli.target import shown
from windlass.embedded.platform import Platform
from windlass.embedded.supervisor import Supervised
from windlass.settings import EmbeddedSettings

_LOOK_SECONDS = 0.2
_MESSAGES = 8


def run_in_foreground(place: Path, wanted: EmbeddedSettings) -> None:
    """Run until SIGINT or SIGTERM, showing what happens."""
    messages: deque[str] = deque(maxlen=_MESSAGES)
    live = sys.stderr.isatty()
    tell = messages.append if live else note
    platform = Platform(folder=Folder(place), wanted=wanted, tell=tell)
    with running(platform) as ended, _stopping_on_signals(platform):
        if live:
            _show_live(platform, ended, messages)
        else:
            _tell_once_ready(platform, ended)
        ended.result()
    note("stopped; its state stays")


@contextmanager
def running(platform: Platform) -> Iterator["Future[None]"]:
    """Run a platform in a thread; leaving stops it and waits for its end."""
    with ThreadPoolExecutor(1, thread_name_prefix="platform") as executor:
        ended = executor.submit(platform.run)
        try:
            yield ended
        finally:
            platform.stopping.set()


@contextmanager
def _stopping_on_signals(platform: Platform) -> Iterator[None]:
    def stop(*_: object) -> None:
        platform.stopping.set()

    before = [(number, signal.signal(number, stop)) for number in (signal.SIGINT, signal.SIGTERM)]
    try:
        yield
    finally:
        for number, handler in before:
            signal.signal(number, handler)


def _tell_once_ready(platform: Platform, ended: "Future[None]") -> None:
    _wait(lambda: platform.ready.is_set() or ended.done())
    if platform.ready.is_set():
        for one in platform.children:
            note(f"{one.plan.name:34} {one.plan.url}")
        note("ready; Ctrl-C or `windlass down` stops it")
    _wait(ended.done)


def _show_live(platform: Platform, ended: "Future[None]", messages: deque[str]) -> None:
    with Live(console=note_console(), refresh_per_second=4, transient=False) as live:
        while not ended.done():
            live.update(_picture(platform, messages))
            _wait(ended.done, _LOOK_SECONDS)


def _picture(platform: Platform, messages: deque[str]) -> RenderableType:
    state = "ready; Ctrl-C stops it" if platform.ready.is_set() else "starting"
    rows = [_row(one) for one in platform.children]
    return Group(
        Text(f"Windlass platform in {shown(platform.folder.root)}: {state}", style="bold"),
        table(("NAME", "STATE", "ADDRESS"), rows),
        *(Text(message, style="dim") for message in messages),
    )


def _row(one: Supervised) -> tuple[str, ...]:
    return one.plan.name, one.state.value, one.plan.url


def _wait(condition: Callable[[], bool], seconds: float | None = None) -> None:
    """Wait for a condition, or for some time; signals are handled meanwhile."""
    left = seconds
    while not condition() and (left is None or left > 0):
        threading.Event().wait(_LOOK_SECONDS)
        left = None if left is None else left - _LOOK_SECONDS
