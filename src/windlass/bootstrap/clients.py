"""Clients of single systems, from where they are. A client's library is imported when it is made:
flow pods start faster without those they never use.
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from windlass.adapters.folder_objects import FolderObjects
from windlass.adapters.mlflow_rest import mlflow_rest
from windlass.adapters.prefect_rest import prefect_rest
from windlass.adapters.rest import Rest
from windlass.ports.objects import Objects
from windlass.settings import (
    MlflowSettings,
    ObjectsSettings,
    PostgresqlSettings,
    PrefectSettings,
    RedisSettings,
)

if TYPE_CHECKING:
    from windlass.adapters.feature_database import FeatureDatabase
    from windlass.adapters.redis_keyvalue import RedisKeyValue
    from windlass.adapters.s3_objects import S3Objects


def mlflow_client(settings: MlflowSettings) -> Rest:
    """MLflow's REST API."""
    return mlflow_rest(
        settings.url, _login(settings.username, settings.password.get_secret_value())
    )


def prefect_client(settings: PrefectSettings) -> Rest:
    """Prefect's REST API."""
    user, _, password = settings.auth.get_secret_value().partition(":")
    return prefect_rest(settings.api_url, _login(user, password))


def redis_client(settings: RedisSettings) -> "RedisKeyValue":
    """Redis."""
    from windlass.adapters.redis_keyvalue import RedisConnection, RedisKeyValue

    return RedisKeyValue(
        RedisConnection(
            host=settings.host,
            port=settings.port,
            database=settings.database,
            password=settings.password.get_secret_value() or None,
        )
    )


@contextmanager
def open_objects(settings: ObjectsSettings) -> Iterator[Objects]:
    """The object store: an S3, or the folder that stands in for one."""
    if settings.folder is not None:
        yield FolderObjects(settings.folder, settings.bucket)
        return
    with closing(open_s3(settings, settings.bucket)) as remote:
        yield remote


def open_s3(settings: ObjectsSettings, bucket: str) -> "S3Objects":
    """One bucket of the S3."""
    from windlass.adapters.s3_objects import S3Connection, S3Objects

    connection = S3Connection(
        endpoint=settings.endpoint or None,
        access_key=settings.access_key or None,
        secret_key=settings.secret_key.get_secret_value() or None,
        region=settings.region,
    )
    return S3Objects(connection, bucket)


def feature_database(settings: PostgresqlSettings) -> str:
    """Connection string of libpq."""
    from psycopg2.extensions import make_dsn

    return str(
        make_dsn(
            host=settings.host,
            port=settings.port,
            dbname=settings.database,
            user=settings.user,
            password=settings.password.get_secret_value() or None,
            sslmode=settings.ssl_mode,
        )
    )


@contextmanager
def open_features(settings: PostgresqlSettings, file: Path) -> "Iterator[FeatureDatabase]":
    """The feature store: PostgreSQL, or a file where none is named."""
    from windlass.adapters.feature_database import FeatureDatabase

    with closing(FeatureDatabase(_feature_address(settings, file))) as store:
        yield store


def _feature_address(settings: PostgresqlSettings, file: Path) -> str:
    """SQLAlchemy's address."""
    if not settings.host:
        return f"sqlite:///{file}"
    user, password = (
        quote(text, safe="") for text in (settings.user, settings.password.get_secret_value())
    )
    login = f"{user}:{password}" if password else user
    where = f"{settings.host}:{settings.port}/{quote(settings.database, safe='')}"
    return f"postgresql+psycopg2://{login}@{where}?sslmode={settings.ssl_mode}"


def _login(user: str, password: str) -> tuple[str, str] | None:
    return (user, password) if user else None
