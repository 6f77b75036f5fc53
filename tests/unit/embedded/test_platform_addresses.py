"""Which ports a platform takes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from windlass.bootstrap.folder import Folder
from windlass.domain.errors import InputError
from windlass.embedded import addresses, site
from windlass.embedded.plans import Addresses
from windlass.settings import Connections, EmbeddedSettings

IN_USE = {4200, 7003}
LAST = Connections.model_validate(
    {
        "prefect": {"api_url": "http://127.0.0.1:7001/api"},
        "mlflow": {"url": "http://127.0.0.1:7002"},
        "redis": {"host": "127.0.0.1", "port": 7003},
        "inference": {
            "servers": {"m": {"url": "http://127.0.0.1:7004", "admin_url": "http://127.0.0.1:7005"}}
        },
    }
)


@pytest.fixture(autouse=True)
def ports(monkeypatch: pytest.MonkeyPatch) -> None:
    free: Iterator[int] = iter(range(9000, 9100))
    monkeypatch.setattr(addresses, "is_free", lambda port: port not in IN_USE)
    monkeypatch.setattr(addresses, "_free_port", lambda taken: next(free))


def test_free_ports_are_taken_where_none_is_known() -> None:
    chosen = site.choose_addresses(EmbeddedSettings(), site.NOWHERE)
    assert chosen == Addresses(prefect=9000, mlflow=9001, redis=9002)


def test_ports_of_last_time_are_kept_where_they_are_free() -> None:
    chosen = site.choose_addresses(EmbeddedSettings(), LAST)
    assert chosen == Addresses(prefect=7001, mlflow=7002, redis=9000)


def test_a_wanted_port_wins_over_the_last_one() -> None:
    chosen = site.choose_addresses(EmbeddedSettings(mlflow_port=5000), LAST)
    assert chosen.mlflow == 5000


def test_a_wanted_port_in_use_is_refused_with_advice() -> None:
    with pytest.raises(InputError, match=r"port 4200 on 127\.0\.0\.1 is in use.*--prefect-port"):
        site.choose_addresses(EmbeddedSettings(prefect_port=4200), site.NOWHERE)


def test_two_systems_never_get_one_port() -> None:
    with pytest.raises(InputError, match="--mlflow-port"):
        site.choose_addresses(EmbeddedSettings(prefect_port=5000, mlflow_port=5000), LAST)


def test_a_server_gets_two_ports_that_nobody_has() -> None:
    server = site.choose_server(0, LAST.inference.servers["m"], {7004})
    assert (server.url, server.admin_url) == ("http://127.0.0.1:9000", "http://127.0.0.1:7005")


def test_each_start_has_an_admin_token_of_its_own() -> None:
    where = Addresses(prefect=1, mlflow=2, redis=3)
    tokens = {
        site.connections_of(Folder(Path("x")), where).inference.admin_token.get_secret_value()
        for _ in range(3)
    }
    assert len(tokens) == 3
    assert min(map(len, tokens)) >= 32


def test_all_ports_given_out_are_known() -> None:
    assert site.used_ports(LAST) == {7001, 7002, 7003, 7004, 7005}
