"""A whole platform of twins on which promotions play, second by second.

The reconciler under test is rebuilt whenever it was killed. Around it a simulated world goes on:
evaluations finish, requests arrive, time passes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from windlass.adapters.memory.blocks import MemoryBlocks
from windlass.adapters.memory.clock import MemoryClock
from windlass.adapters.memory.faults import Faults, Killed
from windlass.adapters.memory.flows import MemoryFlowRuns
from windlass.adapters.memory.keyvalue import MemoryKeyValue
from windlass.adapters.memory.objects import MemoryObjects
from windlass.adapters.memory.promotions import MemoryPromotions
from windlass.adapters.memory.registry import MemoryRegistry
from windlass.adapters.memory.serving import MemoryServing
from windlass.adapters.watched_promotions import WatchedPromotions
from windlass.domain.errors import WindlassError
from windlass.domain.names import Alias, Digest, ModelName, Version
from windlass.domain.promotion.controls import CREATED_BY, Verb
from windlass.domain.promotion.evaluation import (
    EvaluationResult,
    FlowRunState,
    Scores,
    result_object,
)
from windlass.domain.promotion.promotion import Promotion, PromotionKey
from windlass.domain.promotion.spec import (
    Candidate,
    Consumer,
    EvaluationSpec,
    Gate,
    PrefectBlockConsumer,
    PromotionSpec,
    RedisConsumer,
    Rollback,
    Rollout,
    Step,
)
from windlass.domain.versions import ModelVersion, RunRecord
from windlass.ports.promotions import Promotions
from windlass.services.outside import Outside
from windlass.services.reconciler import Reconciler
from windlass.services.results import dump_result

MODEL = ModelName("milk-price")
CHAMPION = Alias("champion")
EVALUATION = "score-versions/score-versions"
SECOND = timedelta(seconds=1)
BLOCK = "eta-runtime/prod"

CONSUMERS = (
    Consumer(redis=RedisConsumer(key="milk:settings")),
    Consumer(prefect_block=PrefectBlockConsumer(name=BLOCK)),
)


def digest_of(name: str) -> Digest:
    """Return a bundle digest for a version."""
    return Digest(f"sha256:{name:0>64}")


def spec_of(version: str, **changes: object) -> PromotionSpec:
    """Return a spec with a gate, an evaluation, three steps, two consumers and a short soak."""
    values: dict[str, object] = {
        "model": MODEL,
        "candidate": Candidate(version=Version(version)),
        "gates": (Gate(metric="skill", threshold=0.2), Gate(metric="skill", tolerance=0.01)),
        "evaluation": EvaluationSpec(dataset="s3://windlass/datasets/milk-price/holdout"),
        "rollout": Rollout(
            steps=(
                Step(shadow=True, duration=SECOND),
                Step(weight=10, duration=SECOND),
                Step(weight=50, duration=SECOND),
            ),
            min_requests=20,
            progress_deadline=60 * SECOND,
        ),
        "consumers": CONSUMERS,
        "rollback": Rollback(soak=2 * SECOND),
    }
    return PromotionSpec(**{**values, **changes})  # type: ignore[arg-type] # a test's shorthand


@dataclass
class Stage:
    """The twins, the reconciler, and the world's script."""

    faults: Faults = field(default_factory=Faults)
    skill: dict[str, float] = field(default_factory=dict)
    """Version to its metric in the evaluation."""
    failing: set[str] = field(default_factory=set)
    """Versions that fail on every request."""
    requests_per_second: int = 200
    kills: int = 0
    store: Promotions | None = None
    """Where promotions live; the twin, if not given."""
    remembering: bool = False
    """Whether the reconciler remembers promotions, as the operator's does; each look is a sweep."""

    def __post_init__(self) -> None:
        self.clock = MemoryClock()
        self.registry = MemoryRegistry(self.faults)
        self.objects = MemoryObjects(faults=self.faults)
        self.keyvalue = MemoryKeyValue(self.faults)
        self.flows = MemoryFlowRuns([EVALUATION], self.faults, self.clock)
        self.blocks = MemoryBlocks(self.faults)
        self.blocks.create(BLOCK, {})
        self.serving = MemoryServing([MODEL], clock=self.clock, faults=self.faults)
        self.promotions: Promotions = self.store or MemoryPromotions(self.clock, self.faults)
        self.restart()

    def restart(self) -> None:
        """Start the reconciler anew; what it remembered is forgotten."""
        self.seen = WatchedPromotions(self.promotions) if self.remembering else self.promotions
        self.reconciler = Reconciler(
            Outside(
                promotions=self.seen,
                registry=self.registry,
                objects=self.objects,
                keyvalue=self.keyvalue,
                flows=self.flows,
                blocks=self.blocks,
                serving=self.serving,
                clock=self.clock,
            )
        )

    def train(self, version: str, skill: float, *, failing: bool = False) -> None:
        """Register a version."""
        with self.faults.off():
            run = self.registry.record(RunRecord(experiment=MODEL, name=version))
            registered = self.registry.register(
                ModelVersion(
                    model=MODEL,
                    version=Version(version),
                    run_id=run,
                    bundle_digest=digest_of(version),
                )
            )
        assert registered.version == version
        self.skill[version] = skill
        if failing:
            self.failing.add(version)

    def apply(self, name: str, spec: PromotionSpec, by: str = "ada") -> PromotionKey:
        """Create a promotion, as a user does."""
        key = PromotionKey("default", name)
        with self.faults.off():
            self.promotions.apply(key, spec, {CREATED_BY: by})
        self.clock.advance(timedelta(milliseconds=1))
        return key

    def ask(self, key: PromotionKey, verb: Verb, by: str = "ada") -> None:
        """Annotate a promotion with a control."""
        with self.faults.off():
            promotion = self.get(key)
            value = f"{by} {promotion.generation}"
            self.promotions.annotate(promotion, {verb.annotation: value})

    def get(self, key: PromotionKey) -> Promotion:
        """Read a promotion that exists."""
        with self.faults.off():
            promotion = self.promotions.get(key)
        assert promotion is not None, key
        return promotion

    def alias(self) -> Version | None:
        """Version behind `champion`."""
        with self.faults.off():
            return self.registry.aliased(MODEL, CHAMPION)

    def served(self) -> tuple[str | None, str | None, int]:
        """Champion, candidate and weight that servers are told."""
        with self.faults.off():
            routing = self.serving.routing(MODEL)
        if routing is None:
            return None, None, 0
        champion, candidate = routing.champion, routing.candidate
        return (
            champion.version if champion else None,
            candidate.version if candidate else None,
            routing.weight,
        )

    def told(self) -> tuple[str | None, str | None]:
        """Model keys that the consumers carry."""
        with self.faults.off():
            return (
                self.keyvalue.read("milk:settings", "model_key"),
                self.blocks.read_field(BLOCK, "model_key"),
            )

    def reconcile(self) -> None:
        """Look at every promotion once; a kill restarts the reconciler, an outage passes."""
        with self.faults.off():
            keys = [promotion.key for promotion in self.seen.list()]
        for key in keys:
            try:
                self.reconciler.reconcile(key)
            except Killed:
                self.kills += 1
                self.restart()
            except WindlassError:
                continue

    def tick(self) -> None:
        """One second: the world moves, then the reconciler looks."""
        with self.faults.off():
            self._finish_evaluations()
            self._serve()
        self.reconcile()
        self.clock.advance(SECOND)

    def play(self, key: PromotionKey, seconds: int = 300) -> Promotion:
        """Let time pass until a promotion has ended and let go of its object."""
        for _ in range(seconds):
            self.tick()
            promotion = self.get(key)
            if promotion.status.phase.terminal and not promotion.finalized:
                return promotion
        raise AssertionError(f"{key} still is {self.get(key).status}")

    def _finish_evaluations(self) -> None:
        for started in self.flows.started:
            run = self.flows.find(started.deployment, started.key)
            if run is None or run.state.finished:
                continue
            self.objects.put(result_object(started.key), self._result(started.parameters))
            self.flows.set_state(started.flow_run, FlowRunState.COMPLETED)

    def _result(self, parameters: Mapping[str, object]) -> bytes:
        champion = parameters["champion"]
        return dump_result(
            EvaluationResult(
                dataset_digest=Digest("sha256:data"),
                candidate=self._scores(str(parameters["candidate"])),
                champion=self._scores(str(champion)) if champion else None,
            )
        )

    def _scores(self, version: str) -> Scores:
        return Scores(
            version=Version(version),
            bundle_digest=digest_of(version),
            metrics={"skill": self.skill[version]},
        )

    def _serve(self) -> None:
        bad = {digest_of(version) for version in self.failing}
        self.serving.traffic(MODEL, requests=self.requests_per_second, failing=bad)
