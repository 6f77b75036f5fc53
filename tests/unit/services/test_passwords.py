import pytest

from windlass.adapters.memory.secrets import MemorySecrets
from windlass.domain.errors import InputError
from windlass.services.passwords import Wanted, ensure

REDIS = Wanted(name="redis", keys={"password": "{random}"}, given=False)
PREFECT = Wanted(name="prefect", keys={"auth-string": "windlass:{random}"}, given=False)
THEIRS = Wanted(name="theirs", keys={"access-key": "", "secret-key": ""}, given=True)


def test_what_is_missing_is_made_and_no_two_are_alike() -> None:
    store = MemorySecrets()
    assert ensure(store, [REDIS, PREFECT]) == ["Secret redis made", "Secret prefect made"]
    password = store.content["redis"]["password"].decode()
    user, _, other = store.content["prefect"]["auth-string"].decode().partition(":")
    assert user == "windlass"
    assert len(password) >= 32
    assert password != other


def test_what_is_there_stays() -> None:
    store = MemorySecrets({"redis": {"password": b"old"}})
    assert ensure(store, [REDIS]) == []
    assert store.content == {"redis": {"password": b"old"}}


def test_a_key_that_a_newer_version_wants_is_added() -> None:
    store = MemorySecrets({"prefect": {"other": b"kept"}})
    assert ensure(store, [PREFECT]) == ["Secret prefect: auth-string added"]
    assert store.content["prefect"]["other"] == b"kept"


def test_a_secret_made_meanwhile_is_taken_as_it_is() -> None:
    class Late(MemorySecrets):
        """Somebody else creates between our look and our write."""

        def create(self, name: str, content: object) -> None:
            self.content[name] = {"password": b"theirs"}
            super().create(name, {})

    store = Late()
    assert ensure(store, [REDIS]) == []
    assert store.content["redis"] == {"password": b"theirs"}


@pytest.mark.parametrize(
    ("there", "said"),
    [
        ({}, "there is no Secret theirs, which the values name: create it with access-key, secret"),
        ({"theirs": {"access-key": b"a"}}, "Secret theirs lacks secret-key"),
        ({"theirs": {"access-key": b"a", "secret-key": b""}}, "Secret theirs lacks secret-key"),
    ],
)
def test_a_given_secret_is_only_checked(there: dict[str, dict[str, bytes]], said: str) -> None:
    store = MemorySecrets(there)
    with pytest.raises(InputError, match=said):
        ensure(store, [REDIS, THEIRS])
    # nothing was made before the refusal
    assert "redis" not in store.content
