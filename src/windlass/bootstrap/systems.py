"""What flows work with, in a pod of a cluster as on an embedded platform."""

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass

from windlass.adapters.mlflow_registry import MlflowRegistry
from windlass.adapters.mlflow_tracking import MlflowTracking
from windlass.adapters.system_clock import SystemClock
from windlass.bootstrap.clients import mlflow_client, open_objects, redis_client
from windlass.bootstrap.environment import settings
from windlass.bootstrap.whereabouts import connections, named_connections
from windlass.ports.keyvalue import KeyValue
from windlass.ports.objects import Objects
from windlass.ports.registry import Registry, Tracking
from windlass.settings import Connections


@dataclass(frozen=True, slots=True, kw_only=True)
class Systems:
    """Clients of the systems."""

    objects: Objects
    registry: Registry
    tracking: Tracking
    keyvalue: KeyValue | None
    """None where no Redis is named."""


@contextmanager
def systems() -> Iterator[Systems]:
    """The systems that the environment names, else those of the folder's platform."""
    with opened(named_connections() or connections(settings().folder)) as found:
        yield found


@contextmanager
def opened(where: Connections) -> Iterator[Systems]:
    """Clients of the systems there."""
    with ExitStack() as stack:
        mlflow = stack.enter_context(closing(mlflow_client(where.mlflow)))
        redis = where.redis
        yield Systems(
            objects=stack.enter_context(open_objects(where.objects)),
            registry=MlflowRegistry(mlflow),
            tracking=MlflowTracking(mlflow, SystemClock()),
            keyvalue=(stack.enter_context(closing(redis_client(redis))) if redis.host else None),
        )
