"""What a command acts on: the embedded platform of a folder, or a cluster."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from windlass.cli.console import note
from windlass.domain.errors import InputError, SystemUnavailable

if TYPE_CHECKING:
    from windlass.bootstrap.ports import Ports, Records

NAMESPACE = "default"
"""Of promotions whose manifest names none, on an embedded platform."""


def folder_of(given: Path | None, context: str | None) -> Path:
    """Folder of the embedded platform that is meant."""
    from windlass.bootstrap.environment import settings

    known = settings()
    if context or known.context:
        raise InputError(
            f"context {context or known.context}: clusters come with a later version;"
            " leave --context and WINDLASS_CONTEXT out to act on the embedded platform"
        )
    return (given or known.folder).absolute()


@contextmanager
def acting_on(given: Path | None, context: str | None) -> Iterator["Ports"]:
    """Clients of a running platform, after telling which one it is."""
    from windlass.bootstrap.folder import Folder
    from windlass.bootstrap.ownership import running_pid
    from windlass.bootstrap.ports import embedded_ports

    folder = folder_of(given, context)
    if running_pid(Folder(folder)) is None:
        raise not_running(folder)
    note(f"target: the embedded platform in {shown(folder)}")
    with closing(embedded_ports(folder)) as ports:
        yield ports


@contextmanager
def reading(given: Path | None, context: str | None) -> Iterator["Records"]:
    """What a platform wrote down, whether it runs or not."""
    from windlass.bootstrap.folder import Folder
    from windlass.bootstrap.ports import records

    folder = folder_of(given, context)
    if not Folder(folder).promotions.exists():
        raise not_running(folder)
    with closing(records(folder)) as found:
        yield found


def not_running(folder: Path) -> SystemUnavailable:
    """Nobody is there to act; the message has the command that changes this."""
    option = "" if folder == Path(".windlass").absolute() else f" --folder {shown(folder)}"
    return SystemUnavailable(
        "windlass", f"no platform runs in {shown(folder)}: start one with `windlass up{option}`"
    )


def shown(path: Path) -> str:
    """Path as people would type it here."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
