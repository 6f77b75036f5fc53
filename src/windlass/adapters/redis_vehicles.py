"""The vehicle feed, in Redis: many keys per round trip.

Vehicles write their own keys, so nobody keeps an index of them: SCAN with a large COUNT finds
thousands in a few round trips, where the usual COUNT of ten needs hundreds.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from redis.exceptions import RedisError

from windlass.adapters.redis_keyvalue import RedisConnection, connect, converted

VEHICLE, ROUTE, PREDICTION = "vehicle:", "route_stops:", "predictions:"
SETTINGS = "eta:settings"

_COUNT = 20_000
"""Keys that Redis looks at per SCAN: about two milliseconds of its one thread."""
_BATCH = 2_000
"""Keys per MGET, and per pipeline of writes."""


class RedisVehicles:
    """VehicleFeed port over one connection; not for several threads at once."""

    def __init__(self, connection: RedisConnection) -> None:
        self._place = connection.place
        self._client = connect(connection)

    def vehicles(self) -> frozenset[str]:
        """Ids of all vehicles that have a snapshot now."""
        with converted(self._place, VEHICLE):
            found = self._client.scan_iter(match=f"{VEHICLE}*", count=_COUNT, _type="string")
            start = len(VEHICLE)
            return frozenset(_decoded(key)[start:] for key in found)

    def snapshots(self, vehicles: Sequence[str]) -> tuple[bytes | None, ...]:
        """What is known of each vehicle."""
        return self._read(VEHICLE, vehicles)

    def stops(self, routes: Sequence[str]) -> tuple[bytes | None, ...]:
        """Stops of each route."""
        return self._read(ROUTE, routes)

    def predictions(self, vehicles: Sequence[str]) -> tuple[bytes | None, ...]:
        """Last prediction for each vehicle."""
        return self._read(PREDICTION, vehicles)

    def write(self, predictions: Mapping[str, bytes], seconds: int) -> None:
        """Replace the predictions of some vehicles."""
        left = iter(predictions.items())
        while batch := list(islice(left, _BATCH)):
            self._write(batch, seconds)

    def settings(self) -> bytes | None:
        """Settings that people and promotions change."""
        with converted(self._place, SETTINGS):
            found: Any = self._client.get(SETTINGS)
        return found if isinstance(found, bytes) else None

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def _read(self, prefix: str, names: Sequence[str]) -> tuple[bytes | None, ...]:
        return tuple(value for batch in _batches(names) for value in self._get(prefix, batch))

    def _get(self, prefix: str, names: Sequence[str]) -> list[bytes | None]:
        with converted(self._place, prefix):
            found: Any = self._client.mget([_encoded(prefix + name) for name in names])
        values: list[bytes | None] = found
        return values

    def _write(self, batch: Sequence[tuple[str, bytes]], seconds: int) -> None:
        """Send all commands at once, then read all replies.

        The client's own pipeline does the same in four times the time: it packs word by word.
        """
        packed = b"".join(_command(name, value, b"%d" % seconds) for name, value in batch)
        pool: Any = self._client.connection_pool
        with converted(self._place, PREDICTION):
            connection = pool.get_connection()
            try:
                connection.send_packed_command([packed])
                for _ in batch:
                    connection.read_response()
            except RedisError:
                # replies that nobody read would be taken for those of the next command
                connection.disconnect()
                raise
            finally:
                pool.release(connection)


def _command(name: str, value: bytes, seconds: bytes) -> bytes:
    """SET with expiry, in Redis's protocol."""
    key = _encoded(PREDICTION + name)
    return b"*5\r\n$3\r\nSET\r\n$%d\r\n%b\r\n$%d\r\n%b\r\n$2\r\nEX\r\n$%d\r\n%b\r\n" % (
        len(key),
        key,
        len(value),
        value,
        len(seconds),
        seconds,
    )


def _batches(names: Sequence[str]) -> Iterator[Sequence[str]]:
    return (names[start : start + _BATCH] for start in range(0, len(names), _BATCH))


def _decoded(key: bytes) -> str:
    """Ids may be any bytes: what is no UTF-8 comes back as it was."""
    return key.decode(errors="surrogateescape")


def _encoded(key: str) -> bytes:
    return key.encode(errors="surrogateescape")
