"""Prefect blocks of the streaming runtime."""

from prefect.blocks.core import Block
from pydantic import Field

from windlass.services.eta.settings import BLOCK_TYPE, RuntimeSettings

_USUAL = RuntimeSettings()


class EtaRuntimeSettings(Block):
    """Settings that a runtime reads at its start; `eta:settings` in Redis wins while it runs."""

    _block_type_name = "EtaRuntimeSettings"
    _block_type_slug = BLOCK_TYPE
    _description = "Settings of the transit ETA streaming runtime."

    redis_host: str = Field(_USUAL.redis_host, description="Empty: the platform's own Redis.")
    redis_port: int = Field(_USUAL.redis_port, description="Port of that Redis.")
    redis_db: int = Field(_USUAL.redis_db, description="Number of its database.")
    redis_password_secret: str | None = Field(
        None, description="Secret block with its password; redis/primary means redis-primary."
    )
    poll_interval: float = Field(
        _USUAL.poll_interval, description="Seconds from the start of one tick to the next."
    )
    model_key: str | None = Field(None, description="<registered model>/<version>.")
    predictions_ttl: int = Field(
        _USUAL.predictions_ttl, description="Seconds after which a prediction expires."
    )
    max_batch: int = Field(_USUAL.max_batch, description="Vehicles per tick; 0: all.")
    max_stops: int = Field(_USUAL.max_stops, description="Stops ahead that are predicted.")
    notification_blocks: list[str] = Field(
        default_factory=list, description="Blocks that alerts go to, as TYPE/NAME."
    )
    zero_prediction_alert_threshold: int = Field(
        _USUAL.zero_prediction_alert_threshold,
        description="Ticks in a row without a prediction until an alert; 0: never.",
    )
    profiling_artifact_key_prefix: str = Field(
        _USUAL.profiling_artifact_key_prefix, description="Begins the keys of the artifacts."
    )


class RuntimeVariables(Block):
    """Variables that a deployment gives its runs; none of them may be secret."""

    _block_type_name = "RuntimeVariables"
    _block_type_slug = "runtime-variables"
    _description = "Environment variables of a deployment's runs."

    variables: dict[str, str] = Field(
        default_factory=dict, description="Value by name; secrets belong into Secret blocks."
    )
