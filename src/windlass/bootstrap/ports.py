"""Clients of a running platform."""

from dataclasses import dataclass
from pathlib import Path

from windlass.adapters.folder_objects import FolderObjects
from windlass.adapters.http_serving import HttpServing
from windlass.adapters.mlflow_registry import MlflowRegistry
from windlass.adapters.mlflow_tracking import MlflowTracking
from windlass.adapters.prefect_blocks import PrefectBlocks
from windlass.adapters.prefect_flows import PrefectFlowRuns
from windlass.adapters.redis_keyvalue import RedisKeyValue
from windlass.adapters.rest import Rest
from windlass.adapters.server_admin import ServerAdmin
from windlass.adapters.server_registry import ServerRegistry
from windlass.adapters.sqlite_promotions import SqlitePromotions
from windlass.adapters.system_clock import SystemClock
from windlass.bootstrap.clients import mlflow_client, prefect_client, redis_client
from windlass.bootstrap.folder import Folder
from windlass.bootstrap.whereabouts import connections
from windlass.ports.objects import Objects
from windlass.ports.registry import Tracking
from windlass.services.outside import Outside
from windlass.settings import Connections


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """All clients; `close` them at the end."""

    outside: Outside
    promotions: SqlitePromotions
    """The same as in `outside`; it can tell cheaply whether anything changed."""
    tracking: Tracking
    _open: tuple[Rest | RedisKeyValue | ServerAdmin | SqlitePromotions, ...]

    def close(self) -> None:
        """Close all connections."""
        for client in self._open:
            client.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """What can be read without a running platform."""

    promotions: SqlitePromotions
    objects: Objects

    def close(self) -> None:
        """Close the file."""
        self.promotions.close()


def records(folder: Path) -> Records:
    """What the platform of a folder wrote down."""
    paths = Folder(folder)
    return Records(
        promotions=SqlitePromotions(paths.promotions, SystemClock()),
        objects=FolderObjects(paths.objects, Connections().objects.bucket),
    )


def embedded_ports(folder: Path) -> Ports:
    """Clients of the platform that runs in a folder."""
    where, paths, clock = connections(folder), Folder(folder), SystemClock()
    mlflow, prefect = mlflow_client(where.mlflow), prefect_client(where.prefect)
    keyvalue = redis_client(where.redis)
    admin = ServerAdmin(where.inference.admin_token.get_secret_value())
    promotions = SqlitePromotions(paths.promotions, clock)
    outside = Outside(
        promotions=promotions,
        registry=MlflowRegistry(mlflow),
        objects=FolderObjects(paths.objects, where.objects.bucket),
        keyvalue=keyvalue,
        flows=PrefectFlowRuns(prefect, where.prefect.ui_url or None),
        blocks=PrefectBlocks(prefect),
        serving=HttpServing(paths.serving, ServerRegistry(paths.serving).endpoints, admin),
        clock=clock,
    )
    return Ports(
        outside=outside,
        promotions=promotions,
        tracking=MlflowTracking(mlflow, clock),
        _open=(mlflow, prefect, keyvalue, admin, promotions),
    )
