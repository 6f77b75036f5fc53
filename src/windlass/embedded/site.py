"""Where the systems of a platform listen, as its record tells it."""

import secrets
from collections.abc import Collection
from urllib.parse import urlsplit

from pydantic import SecretStr

from windlass.bootstrap.folder import Folder
from windlass.embedded.addresses import HOST, choose_port
from windlass.embedded.plans import Addresses, http
from windlass.settings import (
    Connections,
    EmbeddedSettings,
    InferenceSettings,
    MlflowSettings,
    ObjectsSettings,
    PrefectSettings,
    RedisSettings,
    ServerSettings,
)

NOWHERE = Connections()


def choose_addresses(wanted: EmbeddedSettings, last: Connections) -> Addresses:
    """Ports of the three systems: asked for, else those of last time, else free ones."""
    taken: list[int] = []
    for option, port, before in (
        ("prefect", wanted.prefect_port, _port(last.prefect.api_url)),
        ("mlflow", wanted.mlflow_port, _port(last.mlflow.url)),
        ("redis", wanted.redis_port, last.redis.port if last.redis.host else None),
    ):
        taken.append(choose_port(option, port, before, taken))
    prefect, mlflow, redis = taken
    return Addresses(prefect=prefect, mlflow=mlflow, redis=redis)


def choose_server(
    wanted: int, last: ServerSettings | None, taken: Collection[int]
) -> ServerSettings:
    """Ports of one inference server."""
    public = choose_port("serving", wanted, _port(last.url) if last else None, taken)
    used = {*taken, public}
    admin = choose_port("serving", 0, _port(last.admin_url) if last else None, used)
    return ServerSettings(url=http(public), admin_url=http(admin))


def connections_of(folder: Folder, addresses: Addresses) -> Connections:
    """What the record says; the admin token is new at each start."""
    return Connections(
        prefect=PrefectSettings(api_url=addresses.prefect_api, ui_url=http(addresses.prefect)),
        mlflow=MlflowSettings(url=http(addresses.mlflow)),
        redis=RedisSettings(host=HOST, port=addresses.redis),
        objects=ObjectsSettings(folder=folder.objects),
        inference=InferenceSettings(admin_token=SecretStr(secrets.token_urlsafe(32))),
    )


def ports_of(server: ServerSettings) -> tuple[int, int]:
    """Public and admin port of an inference server."""
    return _port(server.url) or 0, _port(server.admin_url) or 0


def used_ports(connections: Connections) -> frozenset[int]:
    """All ports that a record gives out."""
    servers = connections.inference.servers.values()
    urls = [connections.prefect.api_url, connections.mlflow.url]
    urls += [url for server in servers for url in (server.url, server.admin_url)]
    return frozenset({connections.redis.port, *(_port(url) or 0 for url in urls)})


def _port(url: str) -> int | None:
    return urlsplit(url).port
