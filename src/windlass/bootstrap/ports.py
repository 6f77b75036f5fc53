"""Clients of a running platform."""

from dataclasses import dataclass
from pathlib import Path

from windlass.adapters.folder_objects import FolderObjects
from windlass.adapters.http_serving import HttpServing
from windlass.adapters.mlflow_registry import MlflowRegistry
from windlass.adapters.mlflow_rest import mlflow_rest
from windlass.adapters.mlflow_tracking import MlflowTracking
from windlass.adapters.platform_file import read_record
from windlass.adapters.prefect_blocks import PrefectBlocks
from windlass.adapters.prefect_flows import PrefectFlowRuns
from windlass.adapters.prefect_rest import prefect_rest
from windlass.adapters.redis_keyvalue import RedisConnection, RedisKeyValue
from windlass.adapters.rest import Rest
from windlass.adapters.server_admin import ServerAdmin
from windlass.adapters.server_registry import ServerRegistry
from windlass.adapters.sqlite_promotions import SqlitePromotions
from windlass.adapters.system_clock import SystemClock
from windlass.bootstrap.folder import Folder
from windlass.domain.errors import SystemUnavailable
from windlass.ports.objects import Objects
from windlass.ports.registry import Tracking
from windlass.services.outside import Outside
from windlass.settings import Connections, MlflowSettings, PrefectSettings, RedisSettings


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


def connections(folder: Path) -> Connections:
    """Where the systems of the folder's platform are."""
    record = read_record(folder)
    if record is None:
        raise SystemUnavailable(
            "windlass", f"no platform runs in {folder}: start one with `windlass up`"
        )
    return record.connections


def embedded_ports(folder: Path) -> Ports:
    """Clients of the platform that runs in a folder."""
    where, paths, clock = connections(folder), Folder(folder), SystemClock()
    mlflow, prefect = _mlflow(where.mlflow), _prefect(where.prefect)
    keyvalue = _redis(where.redis)
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


def _mlflow(settings: MlflowSettings) -> Rest:
    return mlflow_rest(
        settings.url, _login(settings.username, settings.password.get_secret_value())
    )


def _prefect(settings: PrefectSettings) -> Rest:
    user, _, password = settings.auth.get_secret_value().partition(":")
    return prefect_rest(settings.api_url, _login(user, password))


def _login(user: str, password: str) -> tuple[str, str] | None:
    return (user, password) if user else None


def _redis(settings: RedisSettings) -> RedisKeyValue:
    return RedisKeyValue(
        RedisConnection(
            host=settings.host,
            port=settings.port,
            database=settings.database,
            password=settings.password.get_secret_value() or None,
        )
    )
