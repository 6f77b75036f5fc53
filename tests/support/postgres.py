"""A real PostgreSQL, to be the database of a real MLflow and a real Prefect."""

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.processes import Program, folder_of, required, started, unprivileged
from tests.support.servers import free_port

_ADVICE = "apt-get install postgresql"
_USER = "windlass"


@dataclass(frozen=True, slots=True, kw_only=True)
class Postgres:
    """A running server; it trusts everybody on this machine."""

    port: int
    programs: Path

    def database(self, name: str) -> str:
        """Make an empty database; returns its address without a driver: `host:port/name`."""
        place = f"{_USER}@127.0.0.1:{self.port}"
        command = [str(self.programs / "psql"), f"postgresql://{place}/postgres"]
        statement = f'CREATE DATABASE "{name}"'
        subprocess.run([*command, "-qc", statement], check=True, capture_output=True)
        return f"{place}/{name}"


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL process with an empty cluster."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    programs = Path(required("initdb", _ADVICE, *folders)).parent
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
        server = Postgres(port=port, programs=programs)
        program = Program(
            command=[str(programs / "postgres"), "-D", str(data), "-k", str(folder), *options],
            folder=folder,
            ready=lambda: _accepts(server),
            user=user,
        )
        with started(program):
            yield server


def _accepts(server: Postgres) -> bool:
    place = ["-h", "127.0.0.1", "-p", str(server.port)]
    command = [str(server.programs / "pg_isready"), "-q", *place]
    return subprocess.run(command, check=False).returncode == 0
