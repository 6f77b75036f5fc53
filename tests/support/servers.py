"""Real MLflow and Prefect servers, each started once per session."""

import shutil
import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from tests.support.processes import Program, started
from windlass.embedded.templates import template_of


class MlflowServer(NamedTuple):
    """A running MLflow server."""

    url: str
    database: str


@pytest.fixture(scope="session")
def mlflow_url(mlflow_server: MlflowServer) -> str:
    """Address of the MLflow server."""
    return mlflow_server.url


@pytest.fixture(scope="session")
def mlflow_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MlflowServer]:
    """MLflow on SQLite."""
    folder = tmp_path_factory.mktemp("mlflow")
    begin(folder, "mlflow")
    with running_mlflow(folder, f"sqlite:///{folder}/mlflow.db") as server:
        yield server


@pytest.fixture(scope="session")
def prefect_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of the API of a Prefect on SQLite."""
    with running_prefect(tmp_path_factory.mktemp("prefect"), {}) as url:
        yield url


@contextmanager
def running_mlflow(folder: Path, database: str) -> Iterator[MlflowServer]:
    """Run an MLflow server that proxies its artifacts."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    server = Program(
        command=[
            beside_python("mlflow"),
            "server",
            "--host=127.0.0.1",
            f"--port={port}",
            "--workers=1",
            f"--backend-store-uri={database}",
            f"--artifacts-destination={folder}/artifacts",
        ],
        folder=folder,
        ready=lambda: _well(f"{url}/health"),
        environment={"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"},
    )
    with started(server):
        yield MlflowServer(url, database)


@contextmanager
def running_prefect(
    folder: Path, environment: Mapping[str, str], *, services: bool = False
) -> Iterator[str]:
    """Run a Prefect server without block types, and without services unless they are wanted.

    Both would cost seconds at its start, and keep SQLite busy; without services it never hears
    of the task runs of a flow.
    """
    begin(folder, "prefect")
    port = free_port()
    url = f"http://127.0.0.1:{port}/api"
    server = Program(
        command=[
            beside_python("prefect"),
            "server",
            "start",
            "--host=127.0.0.1",
            f"--port={port}",
            *([] if services else ["--no-services"]),
        ],
        folder=folder,
        ready=lambda: _well(f"{url}/health"),
        environment={
            "PREFECT_API_BLOCKS_REGISTER_ON_START": "false",
            "PREFECT_HOME": str(folder),
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "PREFECT_SERVER_UI_ENABLED": "false",
            **environment,
        },
    )
    with started(server):
        yield url


def begin(folder: Path, package: str) -> None:
    """Give a server the empty database of its version, where setting up has kept one."""
    template = template_of(package)
    if template.exists():
        shutil.copyfile(template, folder / f"{package}.db")


def free_port() -> int:
    """Port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def beside_python(name: str) -> str:
    """Path of a command that was installed beside this Python."""
    return str(Path(sys.executable).with_name(name))


def _well(url: str) -> bool:
    try:
        return httpx.get(url).is_success
    except httpx.RequestError:
        return False
