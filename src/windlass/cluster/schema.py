"""Brings a server's tables up to its version: `python -m windlass.cluster.schema prefect`, or
`… mlflow ADDRESS`, where the address is SQLAlchemy's of the database.

An init container of the server: an empty database and an old schema are the same to it, and two
pods that start at once take turns.
"""

import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence

from windlass.adapters.postgresql import advisory_lock, check
from windlass.bootstrap.environment import settings
from windlass.cluster.pod import run, say
from windlass.domain.errors import InputError
from windlass.services.patience import patiently

_PATIENCE = 180.0
"""Seconds for PostgreSQL to come up; after that the pod is restarted and says why."""


def prefect() -> None:
    """Prefect's tables."""
    _command("prefect", "server", "database", "upgrade", "--yes")


def mlflow(address: str) -> None:
    """MLflow's tables, those of its users, and the admin's password as the Secret says."""
    _command("mlflow", "db", "upgrade", address)
    from mlflow.server.auth.sqlalchemy_store import SqlAlchemyStore

    known = settings().mlflow
    name, password = known.username, known.password.get_secret_value()
    users = SqlAlchemyStore()
    users.init_db(address)  # type: ignore[no-untyped-call] # MLflow gives it no types
    if users.has_user(name):
        users.update_user(name, password=password)
    else:
        users.create_user(name, password, is_admin=True)


PROGRAMS: Mapping[str, Callable[..., None]] = {"prefect": prefect, "mlflow": mlflow}


def main() -> None:
    """Wait for PostgreSQL, then do it under a lock."""
    name, *rest = sys.argv[1:]
    patiently(check, _PATIENCE, say)
    with advisory_lock(f"windlass-schema-{name}"):
        PROGRAMS[name](*rest)
    say(f"{name}: tables are up to date")


def _command(*command: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", *command], capture_output=True, text=True, check=False
    )
    if ended.returncode == 0:
        return
    last = _last_line(ended.stderr.splitlines() or ended.stdout.splitlines())
    raise InputError(
        f"{' '.join(command[:3])} failed: {last}; where the tables are newer than this version,"
        " go back to the newer one or restore a backup"
    )


def _last_line(lines: Sequence[str]) -> str:
    return next((line.strip() for line in reversed(lines) if line.strip()), "it said nothing")


if __name__ == "__main__":
    run(main)
