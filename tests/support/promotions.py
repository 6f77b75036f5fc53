"""Promotions, what is known of them and what is seen of the outside, with sensible defaults.

Version 7 asks to replace version 6 of one model that one server serves; every system answers.
A test names only what matters to it.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from windlass.domain.bundle import bundle_prefix
from windlass.domain.names import Alias, Digest, ModelName, RunId, Version
from windlass.domain.promotion.conditions import Condition, ConditionType, Truth
from windlass.domain.promotion.controls import Control, Verb
from windlass.domain.promotion.decide import decide
from windlass.domain.promotion.evaluation import EvaluationResult, Scores
from windlass.domain.promotion.evidence import Evidence, Fault, Rival, Subject
from windlass.domain.promotion.gates import GateResult, Verdict
from windlass.domain.promotion.promotion import PromotionKey
from windlass.domain.promotion.spec import (
    Candidate,
    Limits,
    PromotionSpec,
    Rollback,
    Rollout,
    Step,
)
from windlass.domain.promotion.status import (
    ApprovalStatus,
    Baseline,
    Phase,
    PromotionStatus,
    RolloutStatus,
    VersionRef,
)
from windlass.domain.promotion.view import Decision
from windlass.domain.routing import Routed, Routing
from windlass.domain.sketch import Sketch
from windlass.domain.traffic import ServerReport, VersionTraffic
from windlass.domain.versions import ModelVersion

MODEL = ModelName("pump-failure")
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
STARTED = NOW - timedelta(days=1)
"""When the servers and the promotion's object came to be."""

MLFLOW_DOWN = Fault(system="MLflow", message="connection refused")
PREFECT_DOWN = Fault(system="Prefect", message="connection refused")
SERVING_DOWN = Fault(system="serving", message="pod-1 does not answer")
REDIS_DOWN = Fault(system="Redis", message="connection refused")

SPEC = PromotionSpec(
    model=MODEL,
    candidate=Candidate(alias=Alias("challenger")),
    rollout=Rollout(
        steps=(Step(shadow=True), Step(weight=10), Step(weight=50)),
        min_requests=50,
        limits=Limits(error_rate=0.01),
        progress_deadline=timedelta(minutes=15),
    ),
    rollback=Rollback(automatic=True, soak=timedelta(minutes=10)),
)

SUBJECT = Subject(
    key=PromotionKey("ml", "pump-failure-v7"),
    uid="u-7",
    generation=2,
    created_at=STARTED,
    created_by="alice",
)


def after(seconds: float) -> datetime:
    """Return a moment later than NOW."""
    return NOW + timedelta(seconds=seconds)


def before(seconds: float) -> datetime:
    """Return a moment earlier than NOW."""
    return NOW - timedelta(seconds=seconds)


def spec(**changes: Any) -> PromotionSpec:
    """SPEC with other fields."""
    return replace(SPEC, **changes)


def rollout(**changes: Any) -> PromotionSpec:
    """SPEC with another rollout."""
    return replace(SPEC, rollout=replace(SPEC.rollout, **changes))


def subject(**changes: Any) -> Subject:
    """SUBJECT with other fields."""
    return replace(SUBJECT, **changes)


def digest(version: str) -> Digest:
    """Bundle digest of a version."""
    return Digest("sha256:" + version.zfill(64))


def version(number: str, **changes: Any) -> ModelVersion:
    """Return a registered version with a bundle."""
    found = ModelVersion(
        model=MODEL,
        version=Version(number),
        run_id=RunId(f"run-{number}"),
        bundle_digest=digest(number),
    )
    return replace(found, **changes)


def reference(number: str) -> VersionRef:
    """Return what status keeps of `version(number)`."""
    return VersionRef(
        version=Version(number), run_id=RunId(f"run-{number}"), bundle_digest=digest(number)
    )


def routed(number: str) -> Routed:
    """Return a version as serving sees it."""
    name = digest(number)
    return Routed(version=Version(number), uri=bundle_prefix(name), digest=name)


def routing(champion: str | None = "6", candidate: str | None = None, **changes: Any) -> Routing:
    """Return a routing document, generation 5 unless told."""
    document = Routing(
        generation=5,
        champion=routed(champion) if champion else None,
        candidate=routed(candidate) if candidate else None,
    )
    return replace(document, **changes)


def counted(
    number: str = "7",
    *,
    requests: int = 0,
    errors: int = 0,
    milliseconds: Iterable[float] = (),
    shadow: Iterable[float] = (),
) -> dict[Digest, VersionTraffic]:
    """Return what a server counted of one version."""
    traffic = VersionTraffic(
        version=Version(number),
        requests=requests,
        errors=errors,
        latency=Sketch.of(milliseconds),
        shadow_scores=Sketch.of(shadow),
    )
    return {digest(number): traffic}


def report(document: Routing, server: str = "pod-1", **changes: Any) -> ServerReport:
    """Return the report of a server that acknowledged a document."""
    found = ServerReport(
        server=server,
        started=STARTED,
        routing=document,
        champion_loaded=document.champion.digest if document.champion else None,
        candidate_loaded=document.candidate.digest if document.candidate else None,
    )
    return replace(found, **changes)


def served(document: Routing, **changes: Any) -> dict[str, Any]:
    """Return the evidence of one server that acknowledged the stored document."""
    return {"routing": document, "reports": (report(document, **changes),)}


def evidence(**changes: Any) -> Evidence:
    """Return what is seen while all systems answer and version 6 is in production."""
    document = routing()
    seen = Evidence(
        subject=SUBJECT,
        rivals=(),
        candidate=version("7"),
        champion=version("6"),
        held=None,
        served=True,
        routing=document,
        reports=(report(document),),
        flow_run=None,
        result=None,
    )
    return replace(seen, **changes)


def rival(name: str, phase: Phase, **changes: Any) -> Rival:
    """Return another promotion of the model, made an hour after the subject."""
    found = Rival(
        key=PromotionKey("ml", name), created_at=STARTED + timedelta(hours=1), phase=phase
    )
    return replace(found, **changes)


def control(verb: Verb, actor: str = "bob", generation: int = 2) -> Control:
    """Return a request of a person."""
    return Control(verb=verb, actor=actor, generation=generation)


def approval(by: str = "bob", generation: int = 2, *, approved: bool = True) -> ApprovalStatus:
    """Return a recorded approval."""
    return ApprovalStatus(by=by, at=before(60), generation=generation, approved=approved)


def gate_result(verdict: Verdict, **changes: Any) -> GateResult:
    """Return the result of a gate on f1."""
    return replace(GateResult(metric="f1", verdict=verdict, message=f"f1 {verdict}"), **changes)


def scores(number: str, **changes: Any) -> Scores:
    """Return what an evaluation measured of a version: an f1 of 0.8."""
    found = Scores(version=Version(number), bundle_digest=digest(number), metrics={"f1": 0.8})
    return replace(found, **changes)


def result(**changes: Any) -> EvaluationResult:
    """Return an evaluation in which both versions are alike."""
    found = EvaluationResult(
        dataset_digest=Digest("sha256:" + "d" * 64), candidate=scores("7"), champion=scores("6")
    )
    return replace(found, **changes)


def step_status(step: int, *, started: datetime | None = None, **changes: Any) -> RolloutStatus:
    """Return the status of a step of SPEC, its counters at zero when it began."""
    wanted = SPEC.rollout.steps[step]
    found = RolloutStatus(
        step=step,
        weight=wanted.weight or 0,
        shadow=wanted.shadow,
        started_at=started,
        baselines={"pod-1": Baseline(started=STARTED)} if started else {},
    )
    return replace(found, **changes)


_ROUTED = (Phase.PROMOTING, Phase.SOAKING, Phase.SUCCEEDED)


def status(phase: Phase, **changes: Any) -> PromotionStatus:
    """Return the status of version 7's promotion in a phase it entered a minute ago."""
    found = PromotionStatus(
        phase=phase,
        observed_generation=SUBJECT.generation,
        candidate=None if phase is Phase.PENDING else reference("7"),
        champion=None if phase is Phase.PENDING else reference("6"),
        routed=phase in _ROUTED,
        alias_moved=phase in (Phase.SOAKING, Phase.SUCCEEDED),
        progressed_at=before(60),
        finished_at=before(60) if phase.terminal else None,
    )
    return replace(found, **changes)


def decided(
    known: PromotionStatus, wanted: PromotionSpec = SPEC, at: datetime = NOW, **seen: Any
) -> Decision:
    """Decide on a status, with what is seen apart from the defaults of `evidence`."""
    return decide(wanted, known, evidence(**seen), at)


def condition_of(found: PromotionStatus, type_: ConditionType) -> Condition | None:
    """Return a condition of a status."""
    return next((c for c in found.conditions if c.type is type_), None)


def truth_of(found: PromotionStatus, type_: ConditionType) -> Truth | None:
    """Return the truth of a condition; None when it was never set."""
    condition = condition_of(found, type_)
    return condition.status if condition else None
