"""Real and embedded object stores and Redis servers, one of each per test session."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Thread
from uuid import uuid4

import boto3
import httpx
import pytest
import redis
from fakeredis import TcpFakeServer
from moto.server import ThreadedMotoServer

from tests.support.processes import Program, required, started
from tests.support.servers import free_port
from windlass.adapters.redis_keyvalue import RedisConnection
from windlass.adapters.s3_objects import S3Connection

_ACCESS_KEY = "windlass"
_SECRET_KEY = "windlass-secret"


@pytest.fixture(scope="session")
def moto_s3() -> Iterator[S3Connection]:
    """S3 as moto imitates it."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield _s3_at(f"http://{host}:{port}")
    server.stop()


@pytest.fixture(scope="session")
def minio_s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Connection]:
    """S3 of a MinIO process."""
    binary = os.environ.get("MINIO_BIN", "")
    if not os.access(binary, os.X_OK):
        advice = "set MINIO_BIN to the minio program (hack/minio.sh builds it)"
        pytest.fail(f"the tests marked real need MinIO: {advice}", pytrace=False)
    folder, port, console = tmp_path_factory.mktemp("minio"), free_port(), free_port()
    url = f"http://127.0.0.1:{port}"
    program = Program(
        command=[
            binary,
            "server",
            f"--address=127.0.0.1:{port}",
            f"--console-address=127.0.0.1:{console}",
            str(folder / "data"),
        ],
        folder=folder,
        ready=lambda: _answers(f"{url}/minio/health/ready"),
        environment={
            "MINIO_ROOT_USER": _ACCESS_KEY,
            "MINIO_ROOT_PASSWORD": _SECRET_KEY,
            "HOME": str(folder),
        },
    )
    with started(program):
        yield _s3_at(url)


def new_bucket(connection: S3Connection) -> str:
    """Make a bucket that no other test uses."""
    bucket = f"windlass-{uuid4().hex[:12]}"
    client = boto3.client(
        "s3",
        endpoint_url=connection.endpoint,
        aws_access_key_id=connection.access_key,
        aws_secret_access_key=connection.secret_key,
        region_name=connection.region,
    )
    client.create_bucket(Bucket=bucket)
    client.close()
    return bucket


@pytest.fixture(scope="session")
def fake_redis() -> Iterator[RedisConnection]:
    """The Redis-compatible server of the embedded platform."""
    server = TcpFakeServer(("127.0.0.1", 0))
    # a client that is still connected must not keep the tests from ending
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield RedisConnection(port=server.server_address[1])
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="session")
def real_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisConnection]:
    """A redis-server process."""
    with redis_server(tmp_path_factory.mktemp("redis")) as connection:
        yield connection


@contextmanager
def redis_server(folder: Path, *options: str, password: str = "") -> Iterator[RedisConnection]:
    """Run a redis-server of one's own, that saves nothing unless `options` say so."""
    binary = required("redis-server", "apt-get install redis-server")
    connection = RedisConnection(port=free_port(), password=password or None)
    program = Program(
        command=[
            binary,
            "--bind",
            "127.0.0.1",
            "--port",
            str(connection.port),
            "--dir",
            str(folder),
            "--save",
            "",
            "--requirepass",
            password,
            *options,
        ],
        folder=folder,
        ready=lambda: _pongs(connection),
    )
    with started(program):
        yield connection


def client_of(connection: RedisConnection) -> "redis.Redis":
    """Plain client, to look at what an adapter did. Close it."""
    return redis.Redis(port=connection.port, password=connection.password)


def with_wrong_secret(connection: S3Connection) -> S3Connection:
    """Return the same place, with a secret key that is not right."""
    return replace(connection, secret_key="something-else")


def _s3_at(url: str) -> S3Connection:
    return S3Connection(endpoint=url, access_key=_ACCESS_KEY, secret_key=_SECRET_KEY)


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, trust_env=False).is_success
    except httpx.RequestError:
        return False


def _pongs(connection: RedisConnection) -> bool:
    client = client_of(connection)
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()
