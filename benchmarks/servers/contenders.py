"""The servers that are measured: how each is started, and what it is asked."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from benchmarks.servers import catboost_model
from tests.support.servers import free_port

ROOT = Path(__file__).parents[2]
_START_SECONDS = 120

ROW = json.dumps(catboost_model.request()).encode()


def frame(rows: int) -> bytes:
    """Body in the format that all three understand."""
    data = catboost_model.table(rows)
    return json.dumps(
        {"dataframe_split": {"columns": catboost_model.FEATURES, "data": data}}
    ).encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """One server to measure."""

    name: str
    command: Sequence[str]
    port: int
    ready: str
    """Path that answers 200 once it is ready."""
    path: str
    body: bytes
    """One row."""


def windlass(folder: Path) -> Contender:
    """Our server."""
    port, admin = free_port(), free_port()
    return Contender(
        name="windlass",
        command=_python("benchmarks.servers.windlass_folder", str(folder), str(port), str(admin)),
        port=port,
        ready="/readyz",
        path="/predict",
        body=ROW,
    )


def bare(model_file: Path) -> Contender:
    """Nothing but Starlette."""
    port = free_port()
    return Contender(
        name="bare starlette",
        command=_python("benchmarks.servers.bare", str(model_file), str(port)),
        port=port,
        ready="/ping",
        path="/predict",
        body=ROW,
    )


def mlflow_server(model_folder: Path) -> Contender:
    """MLflow model serving as its documentation starts it."""
    port = free_port()
    options = [
        "-m",
        str(model_folder),
        "-p",
        str(port),
        "-h",
        "127.0.0.1",
        "--env-manager",
        "local",
    ]
    return Contender(
        name="mlflow models serve",
        command=_python("mlflow", "models", "serve", *options),
        port=port,
        ready="/ping",
        path="/invocations",
        body=frame(1),
    )


def _python(*arguments: str) -> list[str]:
    return [sys.executable, "-m", *arguments]


@contextmanager
def running(contender: Contender) -> Iterator[float]:
    """Run a server in a process group of its own; seconds until it was ready."""
    start = time.perf_counter()
    # MLflow starts uvicorn by its name
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    process = subprocess.Popen(
        contender.command,
        cwd=ROOT,
        start_new_session=True,
        env={**os.environ, "PATH": path},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_until_ready(contender, process, start)
        yield time.perf_counter() - start
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _wait_until_ready(
    contender: Contender, process: "subprocess.Popen[bytes]", start: float
) -> None:
    url = f"http://127.0.0.1:{contender.port}{contender.ready}"
    with httpx.Client(trust_env=False) as client:
        while not _is_ready(client, url):
            if process.poll() is not None or time.perf_counter() - start > _START_SECONDS:
                raise RuntimeError(f"{contender.name} did not start")
            time.sleep(0.02)


def _is_ready(client: httpx.Client, url: str) -> bool:
    try:
        return client.get(url).is_success
    except httpx.TransportError:
        return False
