"""Tables of the servers on a real PostgreSQL: from nothing, again, and from two pods at once."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.postgres import Postgres

pytestmark = pytest.mark.real

SECONDS = 300.0


def start(
    postgres: Postgres, database: str, folder: Path, *arguments: str
) -> subprocess.Popen[str]:
    """The init container of a server."""
    address = f"windlass@127.0.0.1:{postgres.port}/{database}"
    environment = {
        **os.environ,
        "HOME": str(folder),
        "PREFECT_HOME": str(folder / "prefect"),
        "PGHOST": "127.0.0.1",
        "PGPORT": str(postgres.port),
        "PGUSER": "windlass",
        "PGDATABASE": database,
        "PREFECT_SERVER_DATABASE_CONNECTION_URL": f"postgresql+asyncpg://{address}",
        "WINDLASS_MLFLOW__USERNAME": "admin",
        "WINDLASS_MLFLOW__PASSWORD": "a-long-password",
        "MLFLOW_FLASK_SERVER_SECRET_KEY": "any",
    }
    command = [sys.executable, "-m", "windlass.cluster.schema", *arguments]
    return subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def test_prefect_twice_at_once_and_once_more(postgres: Postgres, tmp_path: Path) -> None:
    postgres.database("prefect-schema")
    pods = [start(postgres, "prefect-schema", tmp_path / str(n), "prefect") for n in range(2)]
    said = [pod.communicate(timeout=SECONDS)[0] for pod in pods]
    assert [pod.returncode for pod in pods] == [0, 0], said
    again = start(postgres, "prefect-schema", tmp_path, "prefect")
    assert "tables are up to date" in again.communicate(timeout=SECONDS)[0]
    found = postgres.query("prefect-schema", "SELECT count(*) FROM flow_run")
    assert found == [(0,)]


def test_mlflow_and_its_admin_whose_password_follows_the_secret(
    postgres: Postgres, tmp_path: Path
) -> None:
    address = f"postgresql+psycopg2://{postgres.database('mlflow-schema')}"
    hashes = []
    for _ in range(2):
        pod = start(postgres, "mlflow-schema", tmp_path, "mlflow", address)
        said = pod.communicate(timeout=SECONDS)[0]
        assert pod.returncode == 0, said
        query = "SELECT username, is_admin, password_hash FROM users"
        [(name, is_admin, password)] = postgres.query("mlflow-schema", query)
        assert (name, is_admin) == ("admin", True)
        hashes.append(password)
    assert hashes[0] != hashes[1]


def test_a_database_that_refuses_us_ends_it_with_the_remedy(
    postgres: Postgres, tmp_path: Path
) -> None:
    pod = start(postgres, "no-such-database", tmp_path, "prefect")
    try:
        line = pod.stdout.readline() if pod.stdout else ""
        assert 'database "no-such-database" does not exist' in line
    finally:
        pod.kill()
        pod.communicate()
