"""What every key-value store does: twin, the embedded Redis, Redis."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest

from tests.support.processes import wait_for
from windlass.adapters.memory.keyvalue import MemoryKeyValue
from windlass.adapters.redis_keyvalue import RedisKeyValue
from windlass.domain.errors import InputError
from windlass.ports.keyvalue import KeyValue


@pytest.fixture(params=["memory", "fake_redis", pytest.param("real_redis", marks=pytest.mark.real)])
def keyvalue(request: pytest.FixtureRequest) -> Iterator[KeyValue]:
    if request.param == "memory":
        yield MemoryKeyValue()
        return
    adapter = RedisKeyValue(request.getfixturevalue(request.param))
    yield adapter
    adapter.close()


@pytest.fixture
def key() -> str:
    return f"eta:settings:{uuid4().hex[:8]}"


def test_what_was_never_written_is_none(keyvalue: KeyValue, key: str) -> None:
    assert keyvalue.read(key, "model_key") is None


@pytest.mark.parametrize("value", ["transit-eta/7", "", "null", "7", 'a "quoted" ü', "a\nb"])
def test_what_was_written_is_read_back(keyvalue: KeyValue, key: str, value: str) -> None:
    keyvalue.write(key, "model_key", value)
    assert keyvalue.read(key, "model_key") == value


def test_other_fields_stay_as_they_are(keyvalue: KeyValue, key: str) -> None:
    keyvalue.write(key, "model_key", "a/1")
    keyvalue.write(key, "poll_interval", "5")
    keyvalue.write(key, "model_key", "a/2")
    assert keyvalue.read(key, "model_key") == "a/2"
    assert keyvalue.read(key, "poll_interval") == "5"


def test_none_removes_a_field_and_no_other(keyvalue: KeyValue, key: str) -> None:
    keyvalue.write(key, "model_key", "a/1")
    keyvalue.write(key, "other", "stays")
    keyvalue.write(key, "model_key", None)
    keyvalue.write(key, "model_key", None)
    assert keyvalue.read(key, "model_key") is None
    assert keyvalue.read(key, "other") == "stays"


def test_removing_the_last_field_or_one_of_nothing_leaves_nothing(
    keyvalue: KeyValue, key: str
) -> None:
    keyvalue.write(key, "model_key", None)
    keyvalue.write(key, "model_key", "a/1")
    keyvalue.write(key, "model_key", None)
    assert keyvalue.read(key, "model_key") is None


def test_keys_do_not_share_fields(keyvalue: KeyValue, key: str) -> None:
    keyvalue.write(key, "model_key", "a/1")
    assert keyvalue.read(f"{key}:other", "model_key") is None


def test_no_write_is_lost_when_many_write_one_document(keyvalue: KeyValue, key: str) -> None:
    def write(writer: int) -> None:
        for number in range(10):
            keyvalue.write(key, f"field-{writer}", str(number))

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(write, range(6)))
    assert [keyvalue.read(key, f"field-{writer}") for writer in range(6)] == ["9"] * 6


def test_an_expired_document_is_gone_whatever_is_written_meanwhile(
    keyvalue: KeyValue, key: str
) -> None:
    keyvalue.write(key, "model_key", "a/1")
    keyvalue.expire(key, 0.3)
    keyvalue.write(key, "other", "b")
    assert keyvalue.read(key, "model_key") == "a/1"
    wait_for(lambda: keyvalue.read(key, "model_key") is None, 10)
    assert keyvalue.read(key, "other") is None
    keyvalue.write(key, "model_key", "a/2")
    assert keyvalue.read(key, "model_key") == "a/2"


def test_expiring_what_is_not_there_changes_nothing(keyvalue: KeyValue, key: str) -> None:
    keyvalue.expire(key, 0.001)
    keyvalue.write(key, "model_key", "a/1")
    assert keyvalue.read(key, "model_key") == "a/1"


def test_a_whole_document_may_be_of_any_kind(keyvalue: KeyValue, key: str) -> None:
    assert keyvalue.whole(key) is None
    keyvalue.replace(key, '[{"stop_id": "ü"}]')
    assert keyvalue.whole(key) == '[{"stop_id": "ü"}]'
    with pytest.raises(InputError, match="no JSON object"):
        keyvalue.read(key, "model_key")


def test_a_replaced_document_has_none_of_the_old_fields_and_does_not_expire(
    keyvalue: KeyValue, key: str
) -> None:
    keyvalue.write(key, "model_key", "a/1")
    keyvalue.expire(key, 0.05)
    keyvalue.replace(key, '{"other": 7}')
    time.sleep(0.1)
    assert keyvalue.read(key, "model_key") is None
    assert keyvalue.read(key, "other") == "7"
