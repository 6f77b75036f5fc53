"""What every vehicle feed does: twin, the embedded Redis, Redis."""

import json
from collections.abc import Iterator
from contextlib import closing
from typing import Protocol
from uuid import uuid4

import pytest

from tests.support.processes import wait_for
from tests.support.stores import client_of
from windlass.adapters.memory.vehicles import MemoryVehicles
from windlass.adapters.redis_keyvalue import RedisConnection, RedisKeyValue
from windlass.adapters.redis_vehicles import RedisVehicles
from windlass.ports.vehicles import VehicleFeed


class World(Protocol):
    """The port, and the power of those who write what it reads."""

    @property
    def feed(self) -> VehicleFeed: ...

    def put(self, key: str, value: bytes | None) -> None: ...


class TwinWorld:
    """The twin."""

    def __init__(self) -> None:
        self.feed = MemoryVehicles()
        self.put = self.feed.put


class RedisWorld:
    """A Redis of one's own database."""

    def __init__(self, connection: RedisConnection) -> None:
        self.feed = RedisVehicles(connection)
        self._client = client_of(connection)
        self._client.flushdb()

    def put(self, key: str, value: bytes | None) -> None:
        name = key.encode(errors="surrogateescape")
        if value is None:
            self._client.delete(name)
        else:
            self._client.set(name, value)

    def close(self) -> None:
        self._client.close()
        self.feed.close()


@pytest.fixture(params=["memory", "fake_redis", pytest.param("real_redis", marks=pytest.mark.real)])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    if request.param == "memory":
        yield TwinWorld()
        return
    with closing(RedisWorld(request.getfixturevalue(request.param))) as real:
        yield real


def test_vehicles_are_those_with_a_snapshot(world: World) -> None:
    assert world.feed.vehicles() == frozenset()
    for key in ("vehicle:a", "vehicle:b:c", "vehicles:x", "predictions:d", "avehicle:e"):
        world.put(key, b"{}")
    assert world.feed.vehicles() == {"a", "b:c"}
    world.put("vehicle:a", None)
    assert world.feed.vehicles() == {"b:c"}


def test_values_come_in_the_order_they_are_asked_for(world: World) -> None:
    for name in ("a", "b"):
        world.put(f"vehicle:{name}", name.encode())
        world.put(f"route_stops:{name}", b"[" + name.encode())
    assert world.feed.snapshots(["b", "nobody", "a", "b"]) == (b"b", None, b"a", b"b")
    assert world.feed.stops(["a", "nowhere"]) == (b"[a", None)
    assert world.feed.snapshots([]) == ()


def test_predictions_are_written_and_read(world: World) -> None:
    world.feed.write({"a": b'{"x": 1}', "b": b"2"}, 300)
    world.feed.write({"b": b"3"}, 300)
    world.feed.write({}, 300)
    assert world.feed.predictions(["a", "b", "c"]) == (b'{"x": 1}', b"3", None)


def test_predictions_expire(world: World) -> None:
    world.feed.write({"a": b"1"}, 1)
    world.feed.write({"b": b"2"}, 300)
    assert world.feed.predictions(["a"]) == (b"1",)
    wait_for(lambda: world.feed.predictions(["a"]) == (None,), 10)
    assert world.feed.predictions(["b"]) == (b"2",)


def test_a_second_write_begins_a_new_time(world: World) -> None:
    world.feed.write({"a": b"1", "other": b"1"}, 1)
    world.feed.write({"a": b"2"}, 300)
    wait_for(lambda: world.feed.predictions(["other"]) == (None,), 10)
    assert world.feed.predictions(["a"]) == (b"2",)


def test_thousands_at_once(world: World) -> None:
    names = [f"bus-{uuid4().hex}" for _ in range(4500)]
    for name in names[:30]:
        world.put(f"vehicle:{name}", b"{}")
    values = {name: json.dumps({"name": name, "long": "x" * 400}).encode() for name in names}
    world.feed.write(values, 300)
    assert world.feed.predictions(names) == tuple(values[name] for name in names)
    assert world.feed.vehicles() == frozenset(names[:30])


@pytest.mark.parametrize("name", ["ü", "a b", "a\r\nb", "$5", "\udcff\udcfe", "", "*", "[a]"])
def test_ids_may_be_anything(world: World, name: str) -> None:
    world.put(f"vehicle:{name}", b"{}")
    assert world.feed.vehicles() == {name}
    assert world.feed.snapshots([name]) == (b"{}",)
    world.feed.write({name: b"a\r\nb\x00"}, 300)
    assert world.feed.predictions([name]) == (b"a\r\nb\x00",)


def test_settings_are_one_document(world: World) -> None:
    assert world.feed.settings() is None
    world.put("eta:settings", b'{"model_key": "a/1"}')
    assert world.feed.settings() == b'{"model_key": "a/1"}'


@pytest.mark.parametrize(
    "server", ["fake_redis", pytest.param("real_redis", marks=pytest.mark.real)]
)
def test_settings_are_what_promotions_write(request: pytest.FixtureRequest, server: str) -> None:
    connection: RedisConnection = request.getfixturevalue(server)
    with closing(RedisVehicles(connection)) as feed, closing(RedisKeyValue(connection)) as consumer:
        consumer.write("eta:settings", "model_key", "transit-eta/7")
        assert json.loads(feed.settings() or b"") == {"model_key": "transit-eta/7"}
        consumer.write("eta:settings", "model_key", None)
        assert feed.settings() is None
