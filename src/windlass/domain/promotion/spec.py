"""What a `ModelPromotion` asks for. Every default here stands in the CRD too."""

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from windlass.domain.names import Alias, ModelName, Version


class OnNoTraffic(StrEnum):
    """What a rollout step does when fewer than `min_requests` reached the candidate."""

    HOLD = "Hold"
    PASS = "Pass"
    FAIL = "Fail"


class Policy(StrEnum):
    """Towards an open promotion of the same model: wait for it, or take its place."""

    QUEUE = "Queue"
    SUPERSEDE = "Supersede"


class DriftPolicy(StrEnum):
    """When somebody moves the alias by hand: tell, move it back, or accept it as champion."""

    REPORT = "Report"
    REVERT = "Revert"
    ADOPT = "Adopt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """The version that asks for production: exactly one of both."""

    version: Version | None = None
    alias: Alias | None = None
    """Resolved once; the version found is recorded in status."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """A rule on one metric. `gain` is candidate minus champion, its sign turned for losses."""

    metric: str
    threshold: float | None = None
    """The candidate's own value, at least (at most when greater is not better)."""
    min_absolute_change: float | None = None
    """Gain over the champion, at least."""
    min_relative_change: float | None = None
    """Gain over the champion as a share of the champion's value, at least."""
    tolerance: float | None = None
    """Loss against the champion, at most."""
    greater_is_better: bool = True
    dry_run: bool = False
    """Report the verdict but let it stop nothing."""

    @property
    def relative(self) -> bool:
        """Whether the rule compares with the champion."""
        rules = (self.min_absolute_change, self.min_relative_change, self.tolerance)
        return any(rule is not None for rule in rules)


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationSpec:
    """A Prefect flow run that scores candidate and champion on one dataset."""

    deployment: str = "score-versions/score-versions"
    dataset: str
    """`s3://bucket/prefix` of the held-back files."""
    timeout: timedelta = timedelta(minutes=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """Whether a person other than the author has to agree."""

    required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a rollout: shadow traffic, or a share of the real traffic."""

    shadow: bool = False
    weight: int | None = None
    """Percent, 1 to 99."""
    duration: timedelta = timedelta(seconds=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What live traffic may show at most."""

    error_rate: float = 0.01
    """Share of requests that fail."""
    p99_latency_ms: float | None = None
    """At most one request in a hundred may be slower."""
    max_score_shift: float | None = None
    """Population stability index of the scores in shadow, over ten champion-quantile bins."""


CHAMPION = Alias("champion")
"""The alias of the version in production."""

DEFAULT_STEPS = (
    Step(shadow=True),
    Step(weight=10),
    Step(weight=50),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollout:
    """From first traffic to all of it."""

    steps: tuple[Step, ...] = DEFAULT_STEPS
    min_requests: int = 50
    on_no_traffic: OnNoTraffic = OnNoTraffic.HOLD
    limits: Limits = field(default_factory=Limits)
    progress_deadline: timedelta = timedelta(minutes=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class RedisConsumer:
    """A field of a JSON document in Redis that names the model in production."""

    key: str
    field: str = "model_key"


@dataclass(frozen=True, slots=True, kw_only=True)
class PrefectBlockConsumer:
    """A field of a Prefect block that names the model in production."""

    name: str
    """`<block type slug>/<block document>`."""
    field: str = "model_key"
    warm_cache: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Consumer:
    """Who is told after the alias moved, and untold on rollback: exactly one of both."""

    redis: RedisConsumer | None = None
    prefect_block: PrefectBlockConsumer | None = None

    @property
    def label(self) -> str:
        """Stable name for status and messages."""
        if self.redis:
            return f"redis:{self.redis.key}#{self.redis.field}"
        if self.prefect_block:
            return f"prefectBlock:{self.prefect_block.name}#{self.prefect_block.field}"
        return "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollback:
    """What follows bad evidence after the promotion."""

    automatic: bool = True
    soak: timedelta = timedelta(minutes=10)
    """How long the new champion is watched before the promotion counts as Succeeded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PromotionSpec:
    """`spec` of a ModelPromotion."""

    model: ModelName
    candidate: Candidate
    target_alias: Alias = CHAMPION
    gates: tuple[Gate, ...] = ()
    evaluation: EvaluationSpec | None = None
    approval: Approval = field(default_factory=Approval)
    rollout: Rollout = field(default_factory=Rollout)
    consumers: tuple[Consumer, ...] = ()
    rollback: Rollback = field(default_factory=Rollback)
    policy: Policy = Policy.QUEUE
    drift_policy: DriftPolicy = DriftPolicy.REPORT
    notify: tuple[str, ...] = ()
    """Prefect notification blocks: `<type slug>/<name>`."""
    suspend: bool = False
