"""A real PostgreSQL, and a real MLflow and Prefect that have their databases in it."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from tests.support.processes import Program, folder_of, required, started, unprivileged
from tests.support.servers import MlflowServer, free_port, running_mlflow, running_prefect

_ADVICE = "apt-get install postgresql"
_USER = "windlass"


@dataclass(frozen=True, slots=True, kw_only=True)
class Postgres:
    """A running server; it trusts everybody on this machine."""

    port: int

    def database(self, name: str) -> str:
        """Make an empty database; returns its address without a driver: `user@host:port/name`."""
        with self._connected("postgres") as cursor:
            cursor.execute(f'CREATE DATABASE "{name}"')
        return f"{_USER}@127.0.0.1:{self.port}/{name}"

    def query(self, database: str, statement: str) -> list[tuple[Any, ...]]:
        """Rows that a statement gives."""
        with self._connected(database) as cursor:
            cursor.execute(statement)
            rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows

    def ready(self) -> bool:
        """Whether it lets anybody in."""
        try:
            with self._connected("postgres"):
                return True
        except psycopg2.OperationalError:
            return False

    @contextmanager
    def _connected(self, database: str) -> Iterator[Any]:
        connection = psycopg2.connect(
            host="127.0.0.1", port=self.port, user=_USER, dbname=database, connect_timeout=5
        )
        connection.autocommit = True
        try:
            with connection.cursor() as cursor:
                yield cursor
        finally:
            connection.close()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL process with an empty cluster."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    programs = Path(required("initdb", _ADVICE, *folders)).resolve().parent
    user = unprivileged("postgres")
    with folder_of(user) as folder:
        data, port = folder / "data", free_port()
        subprocess.run(
            [programs / "initdb", "-D", data, "-U", _USER, "-A", "trust", "-E", "UTF8", "-N"],
            check=True,
            capture_output=True,
            user=user,
            cwd=folder,
        )
        options = ["-c", "listen_addresses=127.0.0.1", "-c", f"port={port}", "-c", "fsync=off"]
        server = Postgres(port=port)
        program = Program(
            command=[str(programs / "postgres"), "-D", str(data), "-k", str(folder), *options],
            folder=folder,
            ready=server.ready,
            user=user,
        )
        with started(program):
            yield server


@pytest.fixture(scope="session")
def mlflow_on_postgres(
    postgres: Postgres, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[MlflowServer]:
    """MLflow on PostgreSQL."""
    database = f"postgresql+psycopg2://{postgres.database('mlflow')}"
    with running_mlflow(tmp_path_factory.mktemp("mlflow"), database) as server:
        yield server


@pytest.fixture(scope="session")
def prefect_on_postgres(
    postgres: Postgres, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Address of the API of a Prefect on PostgreSQL."""
    database = f"postgresql+asyncpg://{postgres.database('prefect')}"
    environment = {"PREFECT_SERVER_DATABASE_CONNECTION_URL": database}
    with running_prefect(tmp_path_factory.mktemp("prefect"), environment) as url:
        yield url
