"""Where `prefect.yaml` is: the one list of deployments."""

import os
import re
from pathlib import Path

import windlass
from windlass.adapters.deployment_file import Declared, read_deployments
from windlass.bootstrap.environment import settings
from windlass.domain.errors import InputError
from windlass.domain.names import module_name

FILE = "prefect.yaml"

TRAINING = "training"
"""Tag of deployments that train."""

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
    """All deployments, as they are written."""
    return read_deployments(deployments_file())


def training_deployment(pipeline: str) -> Declared:
    """The first deployment that trains a pipeline; InputError when there is none."""
    package = f"windlass.pipelines.{module_name(pipeline)}."
    for declared in declared_deployments():
        if declared.entrypoint.startswith(package) and TRAINING in declared.tags:
            return declared
    raise InputError(f"{FILE} has no deployment of {pipeline} with the tag {TRAINING}")


def filled(declared: Declared) -> Declared:
    """Fill `{{ $NAME }}` of job variables in, as Prefect does it; InputError for an unset NAME.

    Prefect itself takes it for empty, and a run would start under an account that isn't there.
    """
    pool = declared.work_pool
    variables = {
        name: _VARIABLE.sub(lambda found: _of_environment(found[1]), value)
        if isinstance(value, str)
        else value
        for name, value in pool.job_variables.items()
    }
    return declared.model_copy(
        update={"work_pool": pool.model_copy(update={"job_variables": variables})}
    )


def _of_environment(name: str) -> str:
    value = os.environ.get(name)
    if not value:
        raise InputError(
            f"{FILE} fills in ${name}, which is not set: set it as the release's pods have it"
            " (WINDLASS_CLUSTER__RELEASE is the name of the Helm release)"
        )
    return value
