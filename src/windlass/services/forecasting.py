"""What a promotion would come to, as far as it can be said without running anything."""

from dataclasses import dataclass

from windlass.domain.names import Version
from windlass.domain.promotion.gates import GateResult, Measured, Verdict, judge_all, refusals
from windlass.domain.promotion.spec import PromotionSpec
from windlass.domain.versions import ModelVersion
from windlass.ports.registry import Registry
from windlass.services.proposing import candidate_version


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """Verdicts on the metrics that are known now."""

    candidate: ModelVersion
    champion: ModelVersion | None
    gates: tuple[GateResult, ...]
    final: bool
    """Whether the promotion would judge just so; otherwise its evaluation decides."""
    notes: tuple[str, ...] = ()

    @property
    def refused(self) -> bool:
        """Whether it is certain that a gate says no."""
        failed = any(g.verdict is Verdict.FAILED and not g.dry_run for g in self.gates)
        return failed or self.candidate.held is not None


def forecast(registry: Registry, spec: PromotionSpec) -> Forecast:
    """Resolve candidate and champion and judge; InputError when there is no candidate."""
    candidate = _known(registry, spec, candidate_version(registry, spec))
    alias = registry.aliased(spec.model, spec.target_alias)
    champion = _known(registry, spec, alias) if alias is not None else None
    if spec.evaluation is not None:
        gates = refusals(spec.gates, candidate.metrics)
    else:
        gates = judge_all(spec.gates, measured(candidate, champion))
    return Forecast(
        candidate=candidate,
        champion=champion,
        gates=gates,
        final=spec.evaluation is None,
        notes=tuple(_notes(spec, candidate, champion)),
    )


def measured(candidate: ModelVersion, champion: ModelVersion | None) -> Measured:
    """Metrics of the training runs; they compare only when they come from the same data."""
    same = champion is not None and candidate.dataset_digest == champion.dataset_digest
    known = candidate.dataset_digest is not None
    incomparable = None if same and known else "the versions were measured on different data"
    return Measured(
        candidate=candidate.metrics,
        champion=champion.metrics if champion is not None else None,
        incomparable=incomparable if champion is not None else None,
    )


def _known(registry: Registry, spec: PromotionSpec, version: Version) -> ModelVersion:
    found = registry.version(spec.model, version)
    return found or ModelVersion(model=spec.model, version=version)


def _notes(spec: PromotionSpec, candidate: ModelVersion, champion: ModelVersion | None) -> list[str]:
    notes = []
    if champion is None:
        notes.append("there is no champion yet: rules that compare do not apply")
    elif champion.version == candidate.version:
        notes.append("the candidate is the champion already")
    if candidate.held is not None:
        notes.append(f"the candidate is held: {candidate.held}; it waits until it is released")
    if spec.evaluation is not None:
        notes.append(
            f"the gates are decided by {spec.evaluation.deployment} on {spec.evaluation.dataset};"
            " above are only refusals that are certain already"
        )
    if spec.approval.required:
        notes.append("somebody else has to approve it")
    return notes
