"""What the streaming runtime works with: its Redis, the platform's registry, objects and blocks."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from windlass.adapters.mlflow_registry import MlflowRegistry
from windlass.adapters.prefect_blocks import PrefectBlocks
from windlass.bootstrap.clients import mlflow_client, open_objects, prefect_client
from windlass.bootstrap.environment import settings
from windlass.bootstrap.folder import Folder
from windlass.bootstrap.whereabouts import connections, named_connections
from windlass.domain.errors import InputError
from windlass.ports.flows import Blocks
from windlass.ports.objects import Objects
from windlass.ports.registry import Registry
from windlass.services.eta.settings import RuntimeSettings
from windlass.settings import RedisSettings

if TYPE_CHECKING:
    from windlass.adapters.redis_vehicles import RedisVehicles


@dataclass(frozen=True, slots=True, kw_only=True)
class EtaPorts:
    """Clients; that of Redis is opened when it is known where it is."""

    objects: Objects
    registry: Registry
    blocks: PrefectBlocks
    feed: "Callable[[RuntimeSettings], RedisVehicles]"
    """Raises InputError where no Redis is named, or no password can be had."""


@contextmanager
def eta_ports() -> Iterator[EtaPorts]:
    """The systems that the environment names, else those of the folder's platform."""
    where = named_connections() or connections(settings().folder)
    with ExitStack() as stack:
        mlflow = stack.enter_context(closing(mlflow_client(where.mlflow)))
        prefect = stack.enter_context(closing(prefect_client(where.prefect)))
        blocks = PrefectBlocks(prefect)

        def feed(wanted: RuntimeSettings) -> "RedisVehicles":
            from windlass.adapters.redis_keyvalue import RedisConnection
            from windlass.adapters.redis_vehicles import RedisVehicles

            found = redis_of(wanted, where.redis, blocks)
            connection = RedisConnection(
                host=found.host,
                port=found.port,
                database=found.database,
                password=found.password.get_secret_value() or None,
            )
            return stack.enter_context(closing(RedisVehicles(connection)))

        yield EtaPorts(
            objects=stack.enter_context(open_objects(where.objects)),
            registry=MlflowRegistry(mlflow),
            blocks=blocks,
            feed=feed,
        )


def profiling_folder() -> Path:
    """Where profiles are written: the platform's folder, in a pod what it may write to."""
    if named_connections() is not None:
        return Path(tempfile.gettempdir(), "profiling")
    return Folder(settings().folder).profiling


def redis_of(wanted: RuntimeSettings, own: RedisSettings, blocks: Blocks) -> RedisSettings:
    """The Redis that the settings name with its password, else the platform's own."""
    if not wanted.redis_host:
        if not own.host:
            raise InputError(
                "no Redis is named: set redis_host in the block, or WINDLASS_REDIS__HOST"
            )
        return own
    password = ""
    if wanted.redis_password_secret:
        password = blocks.read_field(wanted.redis_password_secret, "value") or ""
        if not password:
            raise InputError(f"block {wanted.redis_password_secret} has no value: create it")
    return RedisSettings(
        host=wanted.redis_host,
        port=wanted.redis_port,
        database=wanted.redis_db,
        password=password,
    )
