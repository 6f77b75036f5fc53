"""Every setting of Windlass, as one typed tree; a running platform writes part of it to a file.

Variables start with `WINDLASS_` and reach into the tree with two underscores:
`WINDLASS_PREFECT__API_URL`. An unknown field is refused, so that a misspelt one is noticed.
"""

from pathlib import Path
from typing import Annotated

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    SecretStr,
    SerializationInfo,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

DEFAULT_FOLDER = Path(".windlass")


REVEAL = {"reveal": True}
"""Context of a dump that shall contain the secrets themselves."""


def _told(secret: SecretStr, info: SerializationInfo) -> str:
    return secret.get_secret_value() if info.context == REVEAL else str(secret)


Secret = Annotated[SecretStr, PlainSerializer(_told, when_used="json")]


class Section(BaseModel):
    """A branch of the tree."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class PrefectSettings(Section):
    """The Prefect server."""

    api_url: str = Field("", description="Address of the API, it ends in /api.")
    ui_url: str = Field("", description="Address of the pages people open; empty: as the API.")
    auth: Secret = Field(SecretStr(""), description="`user:password` where the server asks.")


class MlflowSettings(Section):
    """The MLflow server."""

    url: str = Field("", description="Address of the server.")
    username: str = Field("", description="User, where the server asks.")
    password: Secret = Field(SecretStr(""), description="Password, where the server asks.")


class RedisSettings(Section):
    """The Redis server that promotion's consumers read."""

    host: str = Field("", description="Host name or address.")
    port: int = Field(6379, description="Port.", ge=1, le=65535)
    database: int = Field(0, description="Number of the database.", ge=0)
    password: Secret = Field(SecretStr(""), description="Password, where the server asks.")


class ObjectsSettings(Section):
    """The object store."""

    bucket: str = Field("windlass", description="Bucket of bundles, datasets and evaluations.")
    folder: Path | None = Field(None, description="A folder that stands in for an S3 server.")
    endpoint: str = Field("", description="Address of the S3 server; empty: AWS.")
    region: str = Field("us-east-1", description="Region that the S3 server expects.")
    access_key: str = Field("", description="Access key; empty: the usual places of AWS clients.")
    secret_key: Secret = Field(SecretStr(""), description="Secret key that belongs to it.")


class PostgresqlSettings(Section):
    """The database of features."""

    host: str = Field("", description="Host name or address.")
    port: int = Field(5432, description="Port.", ge=1, le=65535)
    database: str = Field("features", description="Name of the database.")
    user: str = Field("features", description="User.")
    password: Secret = Field(SecretStr(""), description="Password, where the server asks.")
    ssl_mode: str = Field("prefer", description="What the client demands of TLS.")


class ServerSettings(Section):
    """One inference server."""

    url: str = Field(description="Address of the public port.")
    admin_url: str = Field(description="Address of the admin port.")


class InferenceSettings(Section):
    """The inference servers and how they are told what to serve."""

    admin_token: Secret = Field(SecretStr(""), description="Bearer token of the admin ports.")
    servers: dict[str, ServerSettings] = Field(
        default_factory=dict, description="Model name to its server."
    )


class EmbeddedSettings(Section):
    """The platform that `windlass up` runs. A port of 0 means: take a free one."""

    prefect_port: int = Field(0, description="Port of the Prefect server.", ge=0, le=65535)
    mlflow_port: int = Field(0, description="Port of the MLflow server.", ge=0, le=65535)
    redis_port: int = Field(0, description="Port of the Redis server.", ge=0, le=65535)
    serving_port: int = Field(
        0, description="Port of the predictive-maintenance inference server.", ge=0, le=65535
    )


class ClusterSettings(Section):
    """The release that this pod belongs to."""

    namespace: str = Field("", description="Namespace of the release.")
    release: str = Field("", description="Name of the release.")
    work_pool: str = Field("windlass", description="Work pool whose runs become Jobs.")
    mlflow_bucket: str = Field("mlflow", description="Bucket of MLflow's artifacts.")


class Connections(Section):
    """Where the systems are: given by the environment, or by a running platform."""

    prefect: PrefectSettings = Field(PrefectSettings(), description="The Prefect server.")
    mlflow: MlflowSettings = Field(MlflowSettings(), description="The MLflow server.")
    redis: RedisSettings = Field(RedisSettings(), description="The Redis server.")
    objects: ObjectsSettings = Field(ObjectsSettings(), description="The object store.")
    postgresql: PostgresqlSettings = Field(
        PostgresqlSettings(), description="The database of features."
    )
    inference: InferenceSettings = Field(InferenceSettings(), description="The inference servers.")


class Settings(Connections, BaseSettings):
    """The root."""

    model_config = SettingsConfigDict(
        env_prefix="WINDLASS_", env_nested_delimiter="__", extra="forbid", frozen=True
    )

    folder: Path = Field(DEFAULT_FOLDER, description="Where an embedded platform keeps its state.")
    context: str | None = Field(
        None, description="Kubernetes context to act on instead of the embedded platform."
    )
    deployments: Path | None = Field(
        None, description="File of the deployments; the clone's prefect.yaml if not given."
    )
    user: str | None = Field(
        None, description="Who acts, as journals record it; the user of this machine if not given."
    )
    cluster: ClusterSettings = Field(
        ClusterSettings(), description="The release that this pod belongs to."
    )
    embedded: EmbeddedSettings = Field(
        EmbeddedSettings(), description="The platform that `windlass up` runs."
    )
