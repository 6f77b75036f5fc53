"""What the vehicle feed makes of a Redis that does not do as it is asked."""

import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.processes import wait_for
from tests.support.servers import free_port
from tests.support.stores import client_of, redis_server
from windlass.adapters.redis_keyvalue import RedisConnection
from windlass.adapters.redis_vehicles import RedisVehicles
from windlass.domain.errors import InputError, SystemUnavailable


@pytest.fixture(params=["fake_redis", pytest.param("real_redis", marks=pytest.mark.real)])
def connection(request: pytest.FixtureRequest) -> Iterator[RedisConnection]:
    found: RedisConnection = request.getfixturevalue(request.param)
    yield found
    with closing(client_of(found)) as client:
        client.flushdb()


def test_a_redis_that_is_not_there_is_unavailable() -> None:
    with closing(RedisVehicles(RedisConnection(port=free_port()))) as feed:
        for call in (feed.vehicles, feed.settings, lambda: feed.write({"a": b"1"}, 9)):
            with pytest.raises(SystemUnavailable, match=r"Redis: 127\.0\.0\.1:"):
                call()


def test_a_redis_that_does_not_answer_in_time_is_unavailable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        connection = RedisConnection(port=mute.getsockname()[1], seconds=0.2)
        with closing(RedisVehicles(connection)) as feed:
            with pytest.raises(SystemUnavailable, match=r"[Tt]imeout"):
                feed.write({"a": b"1"}, 9)
            with pytest.raises(SystemUnavailable, match=r"[Tt]imeout"):
                feed.vehicles()


def test_snapshots_of_another_type_are_no_snapshots(connection: RedisConnection) -> None:
    with closing(client_of(connection)) as client, closing(RedisVehicles(connection)) as feed:
        client.rpush("vehicle:list", "1")
        client.set("vehicle:text", "{}")
        assert feed.vehicles() == {"text"}
        assert feed.snapshots(["list", "text"]) == (None, b"{}")


def test_settings_of_another_type_are_refused(connection: RedisConnection) -> None:
    with closing(client_of(connection)) as client, closing(RedisVehicles(connection)) as feed:
        client.rpush("eta:settings", "1")
        with pytest.raises(InputError, match="key eta:settings holds no JSON object"):
            feed.settings()


def test_a_refused_write_does_not_disturb_what_follows(connection: RedisConnection) -> None:
    with closing(RedisVehicles(connection)) as feed:
        with pytest.raises(SystemUnavailable, match="invalid expire time"):
            feed.write({"a": b"1", "b": b"2"}, 0)
        feed.write({"a": b"3"}, 9)
        assert feed.predictions(["a", "b"]) == (b"3", None)


def test_a_connection_that_died_meanwhile_is_made_anew(connection: RedisConnection) -> None:
    with closing(client_of(connection)) as client, closing(RedisVehicles(connection)) as feed:
        feed.write({"a": b"1"}, 9)
        feed._client.connection_pool.disconnect()
        feed.write({"a": b"2"}, 9)
        assert feed.predictions(["a"]) == (b"2",)
        assert client.ttl("predictions:a") in (8, 9)


@pytest.mark.real
def test_a_redis_that_was_started_anew_is_written_again(tmp_path: Path) -> None:
    with redis_server(tmp_path, password="right") as connection:
        feed = RedisVehicles(connection)
        feed.write({"a": b"1"}, 9)
        with closing(client_of(connection)) as client:
            client.client_kill_filter(_type="normal", skipme=True)
        wait_for(lambda: _writes(feed), 10)
        assert feed.predictions(["b"]) == (b"2",)
        wrong = RedisConnection(port=connection.port, password="wrong")
        with closing(RedisVehicles(wrong)) as refused, pytest.raises(InputError, match="password"):
            refused.write({"a": b"1"}, 9)
        feed.close()


def _writes(feed: RedisVehicles) -> bool:
    try:
        feed.write({"b": b"2"}, 9)
    except SystemUnavailable:
        return False
    return True
