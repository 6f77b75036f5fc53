"""Where `prefect.yaml` is: the one list of deployments."""

import os
import re
from pathlib import Path

import windlass
from windlass.adapters.deployment_file import Declared, read_deployments
from windlass.bootstrap.environment import settings
from windlass.domain.errors import InputError

FILE = "prefect.yaml"

_VARIABLE = re.compile(r"\{\{ *\$(\w+) *\}\}")


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
    """All deployments, with `{{ $NAME }}` in job variables filled in, as Prefect does it."""
    return tuple(_filled(declared) for declared in read_deployments(deployments_file()))


def _filled(declared: Declared) -> Declared:
    pool = declared.work_pool
    variables = {
        name: _VARIABLE.sub(lambda found: os.environ.get(found[1], ""), value)
        if isinstance(value, str)
        else value
        for name, value in pool.job_variables.items()
    }
    return declared.model_copy(
        update={"work_pool": pool.model_copy(update={"job_variables": variables})}
    )
