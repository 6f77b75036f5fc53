"""What the environment says, and what children are given of it."""

import getpass
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from pydantic import ValidationError

from windlass.domain.errors import InputError
from windlass.settings import Settings

_CPU_LIMIT = Path("/sys/fs/cgroup/cpu.max")
"""Microseconds of processor time, and in how many microseconds."""

_FOREIGN = ("PREFECT_", "MLFLOW_", "_MLFLOW_", "WINDLASS_")
"""Of these only ours reach a child: a user's own Prefect profile or key must not."""

_KEPT = ("WINDLASS_DEPLOYMENTS",)
"""What a platform's children need to find in the image."""

_QUIET = {
    "DO_NOT_TRACK": "1",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MPLBACKEND": "Agg",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PYTHONSAFEPATH": "1",
    "PYTHONUNBUFFERED": "1",
}


def settings() -> Settings:
    """Read the settings; InputError names the variable that is wrong."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = "WINDLASS_" + "__".join(str(part) for part in first["loc"]).upper()
        raise InputError(f"{name} in the environment: {first['msg']}") from error


def child_environment(folder: Path, own: Mapping[str, str]) -> dict[str, str]:
    """Environment of a child of the platform in `folder`."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(_FOREIGN) or name in _KEPT
    }
    return {**kept, **_QUIET, "WINDLASS_FOLDER": str(folder), **own}


def cores() -> int:
    """Processors that this process may use: the machine's, or fewer in a pod with a limit."""
    allowed = os.cpu_count() or 1
    with suppress(OSError, ValueError):
        quota, period = _CPU_LIMIT.read_text().split()
        # "max" is no number: there is no limit
        allowed = min(allowed, max(1, int(quota) // int(period)))
    return allowed


def adopt(variables: Mapping[str, str]) -> None:
    """Set variables of this process, before a library that reads them is imported."""
    for name in [name for name in os.environ if name.startswith(("PREFECT_", "MLFLOW_"))]:
        del os.environ[name]
    os.environ.update({**_QUIET, **variables})


def acting_user(given: str | None) -> str:
    """Who acts: named on the command line, in the settings, or the user of this machine."""
    if given or settings().user:
        return given or settings().user or ""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid-{os.getuid()}"
