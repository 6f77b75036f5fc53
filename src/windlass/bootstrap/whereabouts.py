"""Where the systems are: the environment names them, or a platform runs in the folder."""

from pathlib import Path

from windlass.adapters.platform_file import read_record
from windlass.bootstrap.environment import settings
from windlass.domain.errors import SystemUnavailable
from windlass.settings import Connections


def named_connections() -> Connections | None:
    """What the environment names, as it does in a pod; None where a folder's platform is meant.

    `WINDLASS_MLFLOW__URL` decides: versions have to go somewhere, and a platform brings its own.
    """
    known = settings()
    return known if known.mlflow.url else None


def connections(folder: Path) -> Connections:
    """Where the systems of the folder's platform are."""
    record = read_record(folder)
    if record is None:
        raise SystemUnavailable(
            "windlass", f"no platform runs in {folder}: start one with `windlass up`"
        )
    return record.connections
