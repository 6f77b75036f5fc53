"""What a promotion would come to, as far as it can be said without running anything."""

from dataclasses import dataclass

from windlass.domain.names import Version
from windlass.domain.promotion.gates import (
    GateResult,
    Measured,
    Verdict,
    judge,
    judge_all,
    overall,
    refusals,
)
from windlass.domain.promotion.phases.validating import training_metrics
from windlass.domain.promotion.spec import Gate, PromotionSpec
from windlass.domain.versions import ModelVersion
from windlass.ports.registry import Registry
from windlass.services.proposing import candidate_version


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """Verdicts on the metrics of the training runs."""

    candidate: ModelVersion
    champion: ModelVersion | None
    gates: tuple[GateResult, ...]
    """Inconclusive where only the evaluation can tell."""
    refused: bool
    """Whether the promotion would certainly be refused."""
    notes: tuple[str, ...] = ()


def forecast(registry: Registry, spec: PromotionSpec) -> Forecast:
    """Resolve candidate and champion and judge; InputError when there is no candidate."""
    candidate = _known(registry, spec, candidate_version(registry, spec))
    alias = registry.aliased(spec.model, spec.target_alias)
    champion = _known(registry, spec, alias) if alias is not None else None
    measured = training_metrics(candidate, champion)
    if spec.evaluation is None:
        gates = judge_all(spec.gates, measured)
        refused = overall(gates) is not Verdict.PASSED
    else:
        gates = tuple(_unevaluated(gate, measured) for gate in spec.gates)
        refused = overall(gates) is Verdict.FAILED
    return Forecast(
        candidate=candidate,
        champion=champion,
        gates=gates,
        refused=refused or candidate.held is not None,
        notes=tuple(_notes(spec, candidate, champion)),
    )


def _unevaluated(gate: Gate, measured: Measured) -> GateResult:
    """Verdict before the evaluation: a refusal by the training run's own metrics, or none."""
    refused = refusals((gate,), measured.candidate)
    if refused:
        return refused[0]
    found = judge(gate, measured)
    return GateResult(
        metric=gate.metric,
        candidate=found.candidate,
        champion=found.champion,
        verdict=Verdict.INCONCLUSIVE,
        message=f"{gate.metric}: the evaluation decides",
        dry_run=gate.dry_run,
    )


def _known(registry: Registry, spec: PromotionSpec, version: Version) -> ModelVersion:
    found = registry.version(spec.model, version)
    return found or ModelVersion(model=spec.model, version=version)


def _notes(
    spec: PromotionSpec, candidate: ModelVersion, champion: ModelVersion | None
) -> list[str]:
    notes = []
    if champion is None:
        notes.append("there is no champion yet: rules that compare do not apply")
    elif champion.version == candidate.version:
        notes.append("the candidate is the champion already")
    if candidate.held is not None:
        notes.append(f"the candidate is held ({candidate.held}): it waits until it is released")
    if spec.evaluation is not None:
        evaluation = spec.evaluation
        notes.append(f"{evaluation.deployment} would score both on {evaluation.dataset}")
    if spec.approval.required:
        notes.append("somebody else has to approve it")
    return notes
