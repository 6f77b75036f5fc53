"""Fields of JSON documents in Redis: each document is a plain string under its key."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import redis
from redis.backoff import ConstantBackoff
from redis.exceptions import (
    AuthenticationError,
    NoPermissionError,
    RedisError,
    WatchError,
)
from redis.retry import Retry

from windlass.domain.errors import InputError, SystemUnavailable

_SYSTEM = "Redis"
_ATTEMPTS = 100
"""How often a write starts anew because somebody else wrote the document meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RedisConnection:
    """How to reach a Redis."""

    host: str = "127.0.0.1"
    port: int = 6379
    database: int = 0
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    seconds: float = 3
    """Time to connect, and time for each answer."""

    @property
    def place(self) -> str:
        """Address for messages."""
        return f"{self.host}:{self.port}"


def connect(connection: RedisConnection) -> "redis.Redis":
    """Client of a Redis; it connects when it is first used."""
    return redis.Redis(
        host=connection.host,
        port=connection.port,
        db=connection.database,
        username=connection.username,
        password=connection.password,
        socket_timeout=connection.seconds,
        socket_connect_timeout=connection.seconds,
        # once more at once: a connection may have died of idleness
        retry=Retry(ConstantBackoff(0), 1),
    )


@contextmanager
def converted(place: str, key: str) -> Iterator[None]:
    """Turn what Redis at `place` answers about a key into our errors."""
    try:
        yield
    except (AuthenticationError, NoPermissionError) as error:
        message = f"Redis {place} refuses us ({error}): check the Redis password and user"
        raise InputError(message) from error
    except RedisError as error:
        # a pipeline puts the whole command, the document with it, before its errors
        reason = str(error).rpartition("caused error: ")[2]
        if reason.startswith("WRONGTYPE"):
            raise InputError(f"Redis {place}: {_not_ours(key)}") from error
        raise SystemUnavailable(_SYSTEM, f"{place}: {reason}") from error


class RedisKeyValue:
    """Reads and writes single fields; may be shared by threads."""

    def __init__(self, connection: RedisConnection) -> None:
        self._place = connection.place
        self._client = connect(connection)

    def read(self, key: str, field: str) -> str | None:
        """Value of a field; what is no text is given as JSON."""
        with converted(self._place, key):
            raw: Any = self._client.get(key)
        return _text(_document(key, raw).get(field))

    def write(self, key: str, field: str, value: str | None) -> None:
        """Set a field, or remove it; other fields, and when the key expires, stay as they are."""
        with converted(self._place, key):
            for _ in range(_ATTEMPTS):
                if self._try_write(key, field, value):
                    return
        message = f"{self._place}: others keep writing {key}, it did not hold still for one write"
        raise SystemUnavailable(_SYSTEM, message)

    def whole(self, key: str) -> str | None:
        """The text under a key."""
        with converted(self._place, key):
            raw: Any = self._client.get(key)
        return None if raw is None else bytes(raw).decode(errors="replace")

    def replace(self, key: str, text: str) -> None:
        """Set the text under a key."""
        with converted(self._place, key):
            self._client.set(key, text)

    def expire(self, key: str, seconds: float) -> None:
        """Let Redis delete the document after so many seconds."""
        with converted(self._place, key):
            self._client.pexpire(key, int(seconds * 1000))

    def close(self) -> None:
        """Close its connections."""
        self._client.close()

    def _try_write(self, key: str, field: str, value: str | None) -> bool:
        try:
            with self._client.pipeline(transaction=True) as pipeline:
                _write(pipeline, key, field, value)
        except WatchError:
            return False
        return True


def _write(pipeline: Any, key: str, field: str, value: str | None) -> None:
    pipeline.watch(key)
    before = _document(key, pipeline.get(key))
    after = _changed(before, field, value)
    if after == before:
        return
    pipeline.multi()
    if after:
        pipeline.set(key, json.dumps(after, ensure_ascii=False), keepttl=True)
    else:
        pipeline.delete(key)
    pipeline.execute()


def _not_ours(key: str) -> str:
    return f"key {key} holds no JSON object: mend it or choose another key"


def _document(key: str, raw: bytes | None) -> dict[str, object]:
    if raw is None:
        return {}
    try:
        document = json.loads(raw)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise InputError(f"Redis: {_not_ours(key)}")
    return document


def _changed(before: dict[str, object], field: str, value: str | None) -> dict[str, object]:
    others = {name: item for name, item in before.items() if name != field}
    if value is None:
        return others
    return {**before, field: value}


def _text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value)
