"""What was seen of the outside world before a decision. A system that did not answer is a value."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from windlass.domain.names import Version
from windlass.domain.promotion.controls import Control
from windlass.domain.promotion.effects import Effect
from windlass.domain.promotion.evaluation import EvaluationResult, FlowRun
from windlass.domain.promotion.promotion import PromotionKey
from windlass.domain.promotion.spec import Policy
from windlass.domain.promotion.status import Phase
from windlass.domain.routing import Routing
from windlass.domain.traffic import ServerReport
from windlass.domain.versions import ModelVersion

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A look that failed: nothing is known, so nothing follows from it."""

    system: str
    message: str

    def __str__(self) -> str:
        """Return one line for people."""
        return f"{self.system}: {self.message}"


UNSEEN = Fault(system="windlass", message="not looked at yet")


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Whose decision it is."""

    key: PromotionKey
    uid: str
    generation: int
    created_at: datetime
    created_by: str | None = None
    """Who wrote the spec as it is."""
    deleted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Rival:
    """Another promotion of the same model."""

    key: PromotionKey
    created_at: datetime
    phase: Phase
    policy: Policy = Policy.QUEUE
    finished_at: datetime | None = None
    version: Version | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Everything a decision may rest on; what its phase does not need stays UNSEEN."""

    subject: Subject
    controls: tuple[Control, ...] = ()
    rivals: tuple[Rival, ...] | Fault = UNSEEN
    candidate: ModelVersion | Fault | None = UNSEEN
    champion: ModelVersion | Fault | None = UNSEEN
    """The version behind the target alias now."""
    held: str | Fault | None = UNSEEN
    """Why the candidate's bundle may not be promoted."""
    served: bool | Fault = UNSEEN
    routing: Routing | Fault | None = UNSEEN
    reports: tuple[ServerReport, ...] | Fault = UNSEEN
    flow_run: FlowRun | Fault | None = UNSEEN
    result: EvaluationResult | Fault | None = UNSEEN
    consumers: Mapping[str, str | Fault | None] = field(default_factory=dict)
    """Consumer label to the model key it carries."""
    refused: Fault | None = None
    """Why the effect of the last decision could not be carried out."""
    performed: Effect | None = None
    """The effect of the last decision, once it was carried out."""
