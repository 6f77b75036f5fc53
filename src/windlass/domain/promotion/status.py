"""What is known of a `ModelPromotion`: all that the next decision needs survives a restart."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from windlass.domain.names import Digest, FlowRunId, RunId, Version
from windlass.domain.promotion.conditions import Condition
from windlass.domain.promotion.gates import GateResult, Verdict
from windlass.domain.promotion.spec import Consumer

JOURNAL_LENGTH = 20
"""Entries kept in status; the whole journal goes to the object store."""


class Phase(StrEnum):
    """Where a promotion stands."""

    PENDING = "Pending"
    VALIDATING = "Validating"
    EVALUATING = "Evaluating"
    AWAITING_APPROVAL = "AwaitingApproval"
    PROGRESSING = "Progressing"
    PROMOTING = "Promoting"
    SOAKING = "Soaking"
    SUCCEEDED = "Succeeded"
    FAILED = "Failed"
    """The evidence said no."""
    ERRORED = "Errored"
    """A system failed past the deadline: nothing is known about the candidate."""
    ROLLING_BACK = "RollingBack"
    ROLLED_BACK = "RolledBack"
    ABORTED = "Aborted"
    SUPERSEDED = "Superseded"

    @property
    def terminal(self) -> bool:
        """Whether only a control changes it."""
        return self in TERMINAL

    @property
    def working(self) -> bool:
        """Whether it has begun and not ended, so that others of the model wait."""
        return self is not Phase.PENDING and self not in TERMINAL

    @property
    def serving(self) -> bool:
        """Whether it decides what the servers of the model do."""
        return self in (Phase.PROGRESSING, Phase.PROMOTING, Phase.SOAKING, Phase.ROLLING_BACK)


TERMINAL = frozenset(
    {
        Phase.SUCCEEDED,
        Phase.FAILED,
        Phase.ERRORED,
        Phase.ROLLED_BACK,
        Phase.ABORTED,
        Phase.SUPERSEDED,
    }
)

ANALYSIS = frozenset(
    {
        Phase.PENDING,
        Phase.VALIDATING,
        Phase.EVALUATING,
        Phase.AWAITING_APPROVAL,
        Phase.PROGRESSING,
        Phase.PROMOTING,
    }
)
"""Phases before the candidate is in production: a changed spec starts them again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionRef:
    """A version as recorded when it was resolved."""

    version: Version
    run_id: RunId | None = None
    bundle_digest: Digest | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationStatus:
    """The flow run that scored both versions."""

    key: str
    """Idempotency key of the flow run and name of its result."""
    deployment: str
    """What was started: the spec may name another one by now."""
    flow_run_id: FlowRunId | None = None
    flow_run_url: str | None = None
    dataset_digest: Digest | None = None
    attempt: int = 1
    """Flow runs tried."""
    started_at: datetime | None = None
    finished_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """A server's counters when a step began."""

    started: datetime
    requests: int = 0
    errors: int = 0
    slow: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RolloutStatus:
    """The step of the rollout and what its traffic showed."""

    step: int = -1
    """Index into `spec.rollout.steps`; -1 while the candidate is loaded and probed."""
    weight: int = 0
    shadow: bool = False
    started_at: datetime | None = None
    """When every server had acknowledged the step; None before."""
    requests: int = 0
    errors: int = 0
    slow: int = 0
    restarts: int = 0
    """Servers that restarted while the candidate was loaded: each counts as an error."""
    verdict: Verdict = Verdict.INCONCLUSIVE
    message: str = ""
    baselines: Mapping[str, Baseline] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalStatus:
    """Who agreed (or refused), and to which generation of the spec."""

    by: str
    at: datetime
    generation: int
    approved: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """The effect that follows this write; seen again after a crash, its outcome is looked up."""

    step: str
    source: str | None = field(default=None, metadata={"wire": "from"})
    to: str | None = None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalEntry:
    """One thing that happened."""

    step: str
    at: datetime
    outcome: str
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A consumer and what it said before we told it."""

    consumer: Consumer
    previous: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """Where a way back leads."""

    phase: Phase
    """A terminal phase, or Pending: start the analysis again."""
    reason: str
    message: str
    by: str | None = None
    hold: bool = False
    """Whether the version is marked so that nobody promotes it again by accident."""


class Mark(StrEnum):
    """What is to become of the hold on the candidate."""

    HOLD = "Hold"
    RELEASE = "Release"


@dataclass(frozen=True, slots=True, kw_only=True)
class PromotionStatus:
    """`status` of a ModelPromotion."""

    phase: Phase = Phase.PENDING
    reason: str = ""
    message: str = ""
    observed_generation: int = 0
    analysed: str = ""
    """Fingerprint of the spec the analysis rests on."""
    attempt: int = 1
    candidate: VersionRef | None = None
    champion: VersionRef | None = None
    """In production when it began: the rollback target. None: there was no model."""
    gates: tuple[GateResult, ...] = ()
    evaluation: EvaluationStatus | None = None
    approval: ApprovalStatus | None = None
    rollout: RolloutStatus | None = None
    routed: bool = False
    """Whether routing was touched for this promotion, so that every end but success undoes it."""
    alias_moved: bool = False
    """Whether the alias may have been moved, so that the way back looks at it."""
    told: tuple[Told, ...] = ()
    ending: Ending | None = None
    intent: Intent | None = None
    journal: tuple[JournalEntry, ...] = ()
    journal_length: int = 0
    """Entries ever written; more than are kept here."""
    audited: int = 0
    """Entries already in the object store."""
    consumed: Mapping[str, str] = field(default_factory=dict)
    """Control annotations acted upon and not yet removed from the object."""
    notified: str | None = None
    """Phase the notification blocks were told of."""
    stalled: str | None = None
    """Reason why nothing moves, although it should."""
    mark: Mark | None = None
    """A hold or release that was asked for and is not seen yet."""
    progressed_at: datetime | None = None
    faulted_at: datetime | None = None
    """First of the failed looks or effects in a row; None while all systems answer."""
    paused_at: datetime | None = None
    """Since when it is suspended; times above are shifted when it goes on."""
    finished_at: datetime | None = None
    conditions: tuple[Condition, ...] = ()
