"""What a decision may ask the outside world for. Each compares before it writes."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from windlass.domain.names import Alias, FlowRunId, ModelName, Version
from windlass.domain.promotion.controls import Verb
from windlass.domain.promotion.spec import Consumer
from windlass.domain.routing import Routing


@dataclass(frozen=True, slots=True, kw_only=True)
class StartEvaluation:
    """Create the flow run that scores both versions."""

    deployment: str
    key: str
    parameters: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelEvaluation:
    """Stop a flow run whose result nobody waits for any more; tried once."""

    flow_run: FlowRunId


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyRouting:
    """Store the routing document and push it to the servers."""

    model: ModelName
    routing: Routing


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAlias:
    """Move the alias, if it still is where it was seen."""

    model: ModelName
    alias: Alias
    seen: Version | None
    to: Version | None
    """None removes the alias."""
    way_back: bool = False
    """A way back has to end: where the version is gone from the registry, the alias is removed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TellConsumer:
    """Write the model key to a consumer."""

    consumer: Consumer
    value: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldVersion:
    """Mark a version so that it is not promoted again."""

    model: ModelName
    version: Version
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseVersion:
    """Take the mark away."""

    model: ModelName
    version: Version


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearControls:
    """Remove consumed control annotations from the object."""

    verbs: tuple[Verb, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordOutcome:
    """Write the journal to the object store and from, to and by to the version's tags."""

    model: ModelName
    version: Version | None
    """None when no candidate was found: then there is nothing to tag."""
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notify:
    """Tell people; tried once, never repeated."""

    blocks: tuple[str, ...]
    subject: str
    body: str


Effect = (
    StartEvaluation
    | CancelEvaluation
    | ApplyRouting
    | SetAlias
    | TellConsumer
    | HoldVersion
    | ReleaseVersion
    | ClearControls
    | RecordOutcome
    | Notify
)
