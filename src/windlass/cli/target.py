"""What a command acts on: the embedded platform of a folder, or a release in a cluster."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from windlass.cli.console import note
from windlass.domain.errors import InputError, SystemUnavailable

if TYPE_CHECKING:
    from windlass.bootstrap.targets import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """What the options of a command say."""

    folder: Path | None
    context: str | None
    namespace: str | None = None

    @property
    def cluster(self) -> str | None:
        """Context that is meant; None: the embedded platform."""
        from windlass.bootstrap.environment import settings

        return self.context or settings().context


def folder_of(given: Path | None, context: str | None) -> Path:
    """Folder of the embedded platform that is meant, for commands that know nothing else."""
    from windlass.bootstrap.environment import settings

    if cluster := Where(folder=given, context=context).cluster:
        raise InputError(
            f"context {cluster}: this command acts on the embedded platform only; leave --context"
            " and WINDLASS_CONTEXT out. On a cluster it runs inside: kubectl exec"
            " deploy/RELEASE-prefect-worker -c keeper -- windlass …"
        )
    return (given or settings().folder).absolute()


@contextmanager
def acting_on(where: Where, actor: str | None = None) -> Iterator["Target"]:
    """Clients of a platform, after telling which one it is."""
    from windlass.bootstrap.targets import cluster_target, embedded_target

    if cluster := where.cluster:
        with cluster_target(cluster, where.namespace, actor) as target:
            who = f" as {target.actor}" if actor else ""
            note(f"target: context {cluster}, namespace {target.namespace}{who}")
            yield target
        return
    folder = folder_of(where.folder, None)
    if not is_running(folder):
        raise not_running(folder)
    note(f"target: the embedded platform in {shown(folder)}")
    with embedded_target(folder, actor) as target:
        yield target


@contextmanager
def reading(where: Where) -> Iterator["Target"]:
    """What a platform wrote down, whether it runs or not."""
    from windlass.bootstrap.folder import Folder
    from windlass.bootstrap.targets import cluster_target, recorded_target

    if cluster := where.cluster:
        with cluster_target(cluster, where.namespace, None) as target:
            yield target
        return
    folder = folder_of(where.folder, None)
    if not Folder(folder).promotions.exists():
        raise not_running(folder)
    with recorded_target(folder) as target:
        yield target


def is_running(folder: Path) -> bool:
    """Whether a platform runs in a folder."""
    from windlass.bootstrap.folder import Folder
    from windlass.bootstrap.ownership import running_pid

    return running_pid(Folder(folder)) is not None


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
