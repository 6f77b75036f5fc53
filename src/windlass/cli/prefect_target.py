"""Which Prefect a command acts on: the one the environment names, or the folder's platform's."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from windlass.cli.console import note
from windlass.cli.target import folder_of, not_running, shown

if TYPE_CHECKING:
    from windlass.adapters.prefect_flows import PrefectFlowRuns
    from windlass.adapters.rest import Rest


@dataclass(frozen=True, slots=True, kw_only=True)
class PrefectTarget:
    """A Prefect server."""

    rest: "Rest"
    ui_url: str | None
    platform: Path | None
    """Folder of the embedded platform that it belongs to; None where workers serve a pool."""

    @property
    def flows(self) -> "PrefectFlowRuns":
        """Its flow runs."""
        from windlass.adapters.prefect_flows import PrefectFlowRuns

        return PrefectFlowRuns(self.rest, self.ui_url)


@contextmanager
def prefect_target(given: Path | None, context: str | None) -> Iterator[PrefectTarget]:
    """Client of the Prefect that is meant, after telling which one it is."""
    from windlass.bootstrap.clients import prefect_client
    from windlass.bootstrap.environment import settings
    from windlass.bootstrap.folder import Folder
    from windlass.bootstrap.ownership import running_pid
    from windlass.bootstrap.whereabouts import connections

    known = settings()
    named = bool(known.prefect.api_url) and not (given or context or known.context)
    if named:
        folder, where = None, known.prefect
    else:
        folder = folder_of(given, context)
        if running_pid(Folder(folder)) is None:
            raise not_running(folder)
        where = connections(folder).prefect
    with closing(prefect_client(where)) as rest:
        note(f"target: {_told(folder) if folder else f'Prefect at {rest.shown}'}")
        yield PrefectTarget(rest=rest, ui_url=where.ui_url or None, platform=folder)


def _told(folder: Path) -> str:
    return f"the embedded platform in {shown(folder)}"
