"""What a Redis answers when it does not do as it is asked, and what we make of it."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.processes import wait_for
from tests.support.servers import free_port
from tests.support.stores import client_of, redis_server
from windlass.adapters.redis_keyvalue import RedisConnection, RedisKeyValue
from windlass.domain.errors import InputError, SystemUnavailable

SERVERS = ["fake_redis", pytest.param("real_redis", marks=pytest.mark.real)]


@pytest.fixture(params=SERVERS)
def connection(request: pytest.FixtureRequest) -> RedisConnection:
    found: RedisConnection = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def keyvalue(connection: RedisConnection) -> Iterator[RedisKeyValue]:
    adapter = RedisKeyValue(connection)
    yield adapter
    adapter.close()


def test_fields_that_others_wrote_keep_their_types(
    connection: RedisConnection, keyvalue: RedisKeyValue
) -> None:
    client = client_of(connection)
    client.set("others", '{"interval": 5, "on": true, "model_key": "a/1", "none": null}')
    keyvalue.write("others", "model_key", "a/2")
    raw = client.get("others")
    client.close()
    assert raw == b'{"interval": 5, "on": true, "model_key": "a/2", "none": null}'
    assert keyvalue.read("others", "interval") == "5"
    assert keyvalue.read("others", "none") is None


def test_a_write_leaves_the_time_of_expiry_alone(
    connection: RedisConnection, keyvalue: RedisKeyValue
) -> None:
    client = client_of(connection)
    client.set("expiring", "{}", ex=1000)
    keyvalue.write("expiring", "model_key", "a/1")
    left = client.ttl("expiring")
    client.close()
    assert isinstance(left, int)
    assert 900 < left <= 1000


@pytest.mark.parametrize("content", ["hello", "[1]", '"text"', "7", b"\xff"])
def test_what_is_no_json_object_is_neither_read_nor_overwritten(
    connection: RedisConnection, keyvalue: RedisKeyValue, content: str | bytes
) -> None:
    client = client_of(connection)
    client.set("foreign", content)
    with pytest.raises(InputError, match="key foreign holds no JSON object"):
        keyvalue.read("foreign", "model_key")
    with pytest.raises(InputError, match="key foreign holds no JSON object"):
        keyvalue.write("foreign", "model_key", "a/1")
    kept = client.get("foreign")
    client.close()
    assert kept == (content if isinstance(content, bytes) else content.encode())


def test_a_key_of_another_type_is_refused(
    connection: RedisConnection, keyvalue: RedisKeyValue
) -> None:
    client = client_of(connection)
    client.rpush("a-list", "1")
    client.close()
    with pytest.raises(InputError, match="key a-list holds no JSON object"):
        keyvalue.read("a-list", "model_key")
    with pytest.raises(InputError, match="key a-list holds no JSON object"):
        keyvalue.write("a-list", "model_key", "a/1")


def test_a_redis_that_does_not_listen_is_unavailable() -> None:
    keyvalue = RedisKeyValue(RedisConnection(port=free_port()))
    with pytest.raises(SystemUnavailable, match=r"Redis: 127\.0\.0\.1:"):
        keyvalue.read("a", "b")
    with pytest.raises(SystemUnavailable, match=r"Redis: 127\.0\.0\.1:"):
        keyvalue.write("a", "b", "c")
    keyvalue.close()


def test_a_redis_that_does_not_answer_in_time_is_unavailable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        keyvalue = RedisKeyValue(RedisConnection(port=mute.getsockname()[1], seconds=0.2))
        with pytest.raises(SystemUnavailable, match=r"[Tt]imeout"):
            keyvalue.read("a", "b")
        keyvalue.close()


def test_a_password_is_not_shown() -> None:
    assert "hidden" not in repr(RedisConnection(password="hidden"))


@pytest.mark.real
@pytest.mark.parametrize("password", [None, "wrong"])
def test_a_wrong_password_is_the_callers_to_mend(tmp_path: Path, password: str | None) -> None:
    with redis_server(tmp_path, password="right") as right:
        keyvalue = RedisKeyValue(RedisConnection(port=right.port, password=password))
        with pytest.raises(InputError, match="check the Redis password"):
            keyvalue.write("a", "b", "c")
        keyvalue.close()
        allowed = RedisKeyValue(right)
        allowed.write("a", "b", "c")
        assert allowed.read("a", "b") == "c"
        allowed.close()


@pytest.mark.real
def test_a_redis_that_cannot_save_refuses_writes_and_is_unavailable(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    with redis_server(folder, "--save", "3600 1") as connection:
        client = client_of(connection)
        client.set("a", "{}")
        for path in folder.iterdir():
            path.unlink()
        folder.rmdir()
        client.bgsave()
        wait_for(lambda: _last_save(client) == "err")
        client.close()
        keyvalue = RedisKeyValue(connection)
        with pytest.raises(SystemUnavailable, match=r"Redis: 127.0.0.1:\d+: MISCONF"):
            keyvalue.write("a", "model_key", "a/1")
        assert keyvalue.read("a", "model_key") is None
        keyvalue.close()


def _last_save(client: object) -> object:
    return client.info("persistence")["rdb_last_bgsave_status"]  # type: ignore[attr-defined] # redis.Redis
