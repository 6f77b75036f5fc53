"""What a training run works with: the systems of its platform, else stores of its own."""

from collections.abc import Iterator
from contextlib import contextmanager

from windlass.adapters.folder_objects import FolderObjects
from windlass.bootstrap.clients import open_features
from windlass.bootstrap.environment import settings
from windlass.bootstrap.folder import Folder
from windlass.bootstrap.ownership import running_pid
from windlass.bootstrap.systems import systems
from windlass.bootstrap.whereabouts import named_connections
from windlass.services.training import Progress, TrainingPorts


class Quiet:
    """Progress that nobody watches."""

    def stage(self, text: str) -> None:
        """Say nothing."""

    def step(self, text: str, done: int, total: int) -> None:
        """Say nothing."""


@contextmanager
def training_ports(progress: Progress | None = None) -> Iterator[TrainingPorts]:
    """Ports of one training run.

    Without a platform its bundle and trials go to a folder, so that a killed run resumes, and its
    record of runs and versions is gone with the process.
    """
    known = settings()
    folder, watched = Folder(known.folder), progress or Quiet()
    if named_connections() is None and running_pid(folder) is None:
        from windlass.adapters.memory.registry import MemoryRegistry

        alone = MemoryRegistry()
        with open_features(known.postgresql, folder.alone / "features.db") as features:
            yield TrainingPorts(
                objects=FolderObjects(folder.alone, known.objects.bucket),
                registry=alone,
                tracking=alone,
                progress=watched,
                features=features,
            )
        return
    with systems() as found, open_features(known.postgresql, folder.features) as features:
        yield TrainingPorts(
            objects=found.objects,
            registry=found.registry,
            tracking=found.tracking,
            progress=watched,
            features=features,
        )
