"""Which Redis the streaming runtime uses."""

from typing import Any

import pytest
from pydantic import SecretStr

from windlass.adapters.memory.blocks import MemoryBlocks
from windlass.bootstrap.eta import redis_of
from windlass.domain.errors import InputError
from windlass.services.eta.settings import RuntimeSettings
from windlass.settings import RedisSettings

OWN = RedisSettings(host="redis", password=SecretStr("own"))


def found(own: RedisSettings = OWN, **wanted: Any) -> RedisSettings:
    blocks = MemoryBlocks()
    blocks.create("secret/redis-primary", {"value": "s3cret"})
    return redis_of(RuntimeSettings(**wanted), own, blocks)


def test_without_a_host_it_is_the_platforms() -> None:
    assert found(redis_db=3) is OWN


def test_the_block_names_another_with_its_password() -> None:
    made = found(redis_host="far", redis_db=2, redis_password_secret="secret/redis-primary")
    assert (made.host, made.port, made.database) == ("far", 6379, 2)
    assert made.password.get_secret_value() == "s3cret"


def test_another_needs_no_password_and_never_gets_the_platforms() -> None:
    assert found(redis_host="far").password.get_secret_value() == ""


def test_a_secret_that_is_not_there_is_named() -> None:
    with pytest.raises(InputError, match="block secret/nobody has no value: create it"):
        found(redis_host="far", redis_password_secret="secret/nobody")


def test_no_redis_at_all_says_what_to_set() -> None:
    with pytest.raises(InputError, match="set redis_host in the block, or WINDLASS_REDIS__HOST"):
        found(RedisSettings())
