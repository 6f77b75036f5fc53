"""Where routing comes from when nobody sends it: a mounted file, and the registry."""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

from windlass.domain.errors import InputError
from windlass.domain.routing import Routed
from windlass.serving.background import in_thread
from windlass.serving.conductor import Conductor
from windlass.serving.desk import Desk
from windlass.serving.documents import parse_routing
from windlass.serving.guard import Complaints, Failure

logger = logging.getLogger(__name__)

_FILE_SECONDS = 1.0
_REGISTRY_SECONDS = 15.0
_FIRST_REGISTRY_SECONDS = 1.0
_PATIENCE_SECONDS = 5.0
"""How long a registry that does not answer keeps a new server from being ready."""


class MountedFile:
    """A document in a file that changes under us."""

    def __init__(self, path: Path, conductor: Conductor) -> None:
        self._path = path
        self._conductor = conductor
        self._seen: tuple[int, int, int] | None = None

    async def follow(self) -> None:
        """Look every second until cancelled."""
        while True:
            await asyncio.sleep(_FILE_SECONDS)
            self.look()

    def look(self) -> None:
        """Take the document up if the file has changed; a bad one is logged once."""
        try:
            status = self._path.stat()
            changed = (status.st_mtime_ns, status.st_ino, status.st_size)
            if changed == self._seen:
                return
            self._seen = changed
            routing = parse_routing(self._path.read_bytes())
        except OSError:
            # not mounted yet, or being replaced
            return
        except InputError as error:
            logger.warning("%s is passed over: %s", self._path, error)
            return
        self._conductor.accept_known(routing)


async def follow_registry(
    lookup: Callable[[], Routed | None], desk: Desk, conductor: Conductor
) -> None:
    """Ask for the registry's champion until there is one, or a document."""
    complaints = Complaints(logger)
    seconds = _FIRST_REGISTRY_SECONDS
    asyncio.get_running_loop().call_later(_PATIENCE_SECONDS, _stop_asking, desk)
    while desk.routing.generation == 0:
        champion = await in_thread(lookup)
        _stop_asking(desk)
        if isinstance(champion, Routed):
            conductor.champion_from_registry(champion)
            return
        if isinstance(champion, Failure):
            complaints.about("the registry's champion is not known", champion)
        await asyncio.sleep(seconds)
        seconds = min(seconds * 2, _REGISTRY_SECONDS)


def _stop_asking(desk: Desk) -> None:
    desk.asking = False
