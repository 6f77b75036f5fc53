"""`prefect.yaml`: the deployments there are, in Prefect's own form as far as we use it.

Closed, unlike Prefect's reader: what would be passed over in silence is refused.
"""

from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from windlass.domain.errors import InputError


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class WorkPool(_Part):
    """Who runs it on a cluster."""

    name: str
    job_variables: dict[str, object] = {}


class Schedule(_Part):
    """When it runs by itself."""

    slug: str
    """Its name within the deployment: by it a schedule is found again."""
    cron: str
    timezone: str = "UTC"
    active: bool = False
    """When the schedule is made; later on people decide."""
    parameters: dict[str, object] = {}


class Concurrency(_Part):
    """How many runs there may be at once, and what becomes of more."""

    limit: int
    collision_strategy: Literal["ENQUEUE", "CANCEL_NEW"] = "ENQUEUE"


def _concurrency(value: object) -> object:
    return {"limit": value} if isinstance(value, int) else value


class Declared(_Part):
    """One deployment."""

    name: str
    entrypoint: str = Field(pattern=r"^[a-z_]\w*(\.[a-z_]\w*)+$")
    """Module path of the flow."""
    description: str
    tags: tuple[str, ...] = ()
    parameters: dict[str, object] = {}
    work_pool: WorkPool
    schedules: tuple[Schedule, ...] = ()
    concurrency_limit: Annotated[Concurrency | None, BeforeValidator(_concurrency)] = None


class _File(_Part):
    name: str
    prefect_version: str = Field(alias="prefect-version")
    pull: tuple[()]
    """Empty: the code is in the image."""
    deployments: tuple[Declared, ...]


def read_deployments(path: Path) -> tuple[Declared, ...]:
    """Read the file; InputError says where it is wrong."""
    try:
        return _File.model_validate(yaml.safe_load(path.read_bytes())).deployments
    except OSError as error:
        raise InputError(f"{path} can't be read: {error.strerror}") from error
    except yaml.YAMLError as error:
        raise InputError(f"{path} is no YAML: {' '.join(str(error).split())}") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the document"
        raise InputError(f"{path}: {place}: {first['msg']}") from error
