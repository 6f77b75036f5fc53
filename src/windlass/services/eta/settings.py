"""Settings of the runtime: a block's, over them those in Redis, over them the flow's parameters."""

import dataclasses
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from windlass.domain.errors import InputError

BLOCK_TYPE = "eta-runtime"
"""Slug of the block type that holds these settings."""

SETTINGS_KEY = "eta:settings"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class RuntimeSettings:
    """What the runtime can be told. Empty texts mean: nothing is said."""

    model_key: str = ""
    """`<registered model>/<version>`."""
    poll_interval: float = 1.0
    """Seconds from the start of one tick to that of the next."""
    predictions_ttl: int = 300
    """Seconds after which a prediction expires."""
    max_batch: int = 0
    """Vehicles per tick; 0: all. Of more, each tick takes those that come next."""
    max_stops: int = 5
    """Stops ahead that are predicted for each vehicle."""
    notification_blocks: tuple[str, ...] = ()
    """Blocks that alerts go to, as `<type slug>/<name>`."""
    zero_prediction_alert_threshold: int = 60
    """Ticks in a row without a prediction until an alert; 0: never."""
    profiling_artifact_key_prefix: str = "eta-runtime"
    redis_host: str = ""
    """Empty: the platform's own Redis."""
    redis_port: int = 6379
    redis_db: int = 0
    redis_password_secret: str = ""
    """Secret block with the password."""


class BlockReader(Protocol):
    """Reads Prefect's blocks."""

    def read(self, block: str) -> Mapping[str, object] | None:
        """All fields of `<type slug>/<name>`."""


AT_START = frozenset({"redis_host", "redis_port", "redis_db", "redis_password_secret"})
"""Where to find Redis can't be said in Redis."""


class Layer(NamedTuple):
    """Settings from one place; what is None or empty there is not said."""

    place: str
    values: Mapping[str, object]


class Merged(NamedTuple):
    """The outcome, and one line for each value that could not be used."""

    settings: RuntimeSettings
    problems: tuple[str, ...]


_RANGES: Mapping[str, tuple[float, float]] = {
    "poll_interval": (0, 3600),
    "predictions_ttl": (1, 7 * 86_400),
    "max_batch": (0, 10_000_000),
    "max_stops": (1, 1000),
    "zero_prediction_alert_threshold": (0, 10_000_000),
    "redis_port": (1, 65_535),
    "redis_db": (0, 1_000_000),
}
_SPELLINGS = {"profiling_artifact_prefix": "profiling_artifact_key_prefix"}
_FIELDS = {field.name: field for field in dataclasses.fields(RuntimeSettings)}


def merge(layers: Sequence[Layer]) -> Merged:
    """Lay settings over each other, the last on top; a value that can't be used is left out."""
    values: dict[str, Any] = {}
    problems = []
    for layer in layers:
        for name, given in layer.values.items():
            field = _SPELLINGS.get(name, name)
            if given is None or given in ("", [], ()):
                continue
            try:
                values[field] = _value(field, given)
            except ValueError as error:
                problems.append(f"{layer.place}: {name} {error}")
    return Merged(RuntimeSettings(**values), tuple(problems))


def required(layers: Sequence[Layer]) -> RuntimeSettings:
    """Do the same where all of it has to be right; InputError names what is not."""
    settings, problems = merge(layers)
    if problems:
        raise InputError(problems[0])
    return settings


def block_layer(blocks: BlockReader, name: str) -> Layer:
    """Settings of a block, if one is named; InputError when there is no such block."""
    if not name:
        return Layer("no block", {})
    block = runtime_block(name)
    values = blocks.read(block)
    if values is None:
        raise InputError(
            f"Prefect has no block {block}: make it with `windlass eta save-block --block-name ...`"
        )
    return Layer(f"block {block}", values)


def live_layer(document: bytes | None) -> tuple[Layer | None, tuple[str, ...]]:
    """Settings in Redis, None where they can't be read, and what is wrong with their document."""
    place = f"Redis key {SETTINGS_KEY}"
    if document is None:
        return Layer(place, {}), ()
    try:
        values = json.loads(document)
    except (ValueError, RecursionError):
        values = None
    if not isinstance(values, dict):
        return None, (f"{place} holds no JSON object",)
    late = tuple(
        f"{place}: {name} is only read at the start, from block and parameters"
        for name in sorted(AT_START & values.keys())
    )
    return Layer(place, {name: values[name] for name in values.keys() - AT_START}), late


_NOTIFICATIONS = {
    "slack": "slack-webhook",
    "teams": "ms-teams-webhook",
    "webhook": "custom-webhook",
}


def notification_block(name: str) -> str:
    """Full name of a notification block; `slack/x` is short for `slack-webhook/x`."""
    kind, slash, rest = name.partition("/")
    if not slash or not kind or not rest:
        raise ValueError(f"names the block {name!r}: give it as TYPE/NAME, like slack-webhook/x")
    return f"{_NOTIFICATIONS.get(kind, kind)}/{_block_name(rest)}"


def secret_block(name: str) -> str:
    """Full name of a Secret block: `redis/primary` means `secret/redis-primary`."""
    return _typed("secret", name)


def runtime_block(name: str) -> str:
    """Full name of a block with these settings: `prod` means `eta-runtime/prod`."""
    return _typed(BLOCK_TYPE, name)


def variables_block(name: str) -> str:
    """Full name of a block of variables: `env/runtime` means `runtime-variables/env-runtime`."""
    return _typed("runtime-variables", name)


def _typed(kind: str, name: str) -> str:
    return f"{kind}/{_block_name(name.removeprefix(f'{kind}/'))}"


def _block_name(name: str) -> str:
    """Names of blocks are made of letters, digits and dashes."""
    return name.strip().replace("/", "-").replace("_", "-")


def _value(name: str, given: object) -> object:
    if name not in _FIELDS:
        known = ", ".join(sorted(_FIELDS))
        raise ValueError(f"is no setting; there are: {known}")
    if name == "notification_blocks":
        return tuple(map(notification_block, _texts(given)))
    if name in _RANGES:
        whole = isinstance(_FIELDS[name].default, int)
        return _number(given, _RANGES[name], whole=whole)
    if not isinstance(given, str):
        raise ValueError(f"must be a text, not {given!r:.40}")
    return secret_block(given) if name == "redis_password_secret" else given.strip()


def _texts(given: object) -> list[str]:
    """A list, or what is left of one in a text: JSON, or names with commas between."""
    if isinstance(given, str) and given.lstrip().startswith("["):
        given = json.loads(given)
    items = given.split(",") if isinstance(given, str) else given
    if not isinstance(items, list | tuple) or not all(isinstance(item, str) for item in items):
        raise ValueError(f"must be a list of texts, not {given!r:.40}")
    return [item.strip() for item in items if item.strip()]


def _number(given: object, allowed: tuple[float, float], *, whole: bool) -> float:
    low, high = allowed
    kind = "a whole number" if whole else "a number"
    try:
        if isinstance(given, bool) or not isinstance(given, int | float | str):
            raise TypeError
        number = float(given)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not low <= number <= high or (whole and number % 1):
        raise ValueError(f"must be {kind} from {low:g} to {high:g}, not {given!r:.40}")
    return int(number) if whole else number
