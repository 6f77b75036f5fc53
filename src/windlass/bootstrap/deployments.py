"""Where `prefect.yaml` is: the one list of deployments."""

from pathlib import Path

import windlass
from windlass.adapters.deployment_file import Declared, read_deployments
from windlass.bootstrap.environment import settings
from windlass.domain.errors import InputError

FILE = "prefect.yaml"


def deployments_file() -> Path:
    """The file that the environment names, else the one of the clone, or image, around the package.

    Never the current folder's: that may belong to somebody else's project.
    """
    named = settings().deployments
    path = named or Path(windlass.__file__).parents[2] / FILE
    if not path.is_file():
        found = "WINDLASS_DEPLOYMENTS names it" if named else "the package is not in a clone"
        raise InputError(f"there is no {path} ({found}): set WINDLASS_DEPLOYMENTS to {FILE}'s path")
    return path


def declared_deployments() -> tuple[Declared, ...]:
    """All deployments."""
    return read_deployments(deployments_file())
