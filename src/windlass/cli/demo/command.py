"""`windlass demo`."""

from typing import TYPE_CHECKING

import typer

from windlass.cli.options import FolderOption

if TYPE_CHECKING:
    from pathlib import Path

app = typer.Typer()

DEFAULT_FOLDER = "demo"
"""Below the folder of the platform: a demo never touches what `windlass up` keeps."""


@app.command(epilog="Example: windlass demo")
def demo(folder: FolderOption = None) -> None:
    """Play the main job on this machine: train, gate, promote, serve, predict, roll back."""
    from windlass.cli.demo.performance import perform
    from windlass.cli.target import folder_of

    place: Path = folder or folder_of(None, None) / DEFAULT_FOLDER
    perform(place.absolute())
