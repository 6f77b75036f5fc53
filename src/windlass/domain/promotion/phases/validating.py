"""Validating: what the training run itself says may already refuse; without evaluation, judge."""

from dataclasses import replace

from windlass.domain.promotion.conditions import ConditionType, Truth
from windlass.domain.promotion.evidence import Fault
from windlass.domain.promotion.gates import (
    GateResult,
    Measured,
    Verdict,
    judge_all,
    overall,
    refusals,
)
from windlass.domain.promotion.status import Phase
from windlass.domain.promotion.view import Decision, View, blocked, enter, failed, leave, mark
from windlass.domain.versions import ModelVersion


def validating(view: View) -> Decision:
    """Apply the cheap gates."""
    candidate, champion = view.evidence.candidate, view.evidence.champion
    for seen in (candidate, champion):
        if isinstance(seen, Fault):
            return blocked(view, seen)
    if not isinstance(candidate, ModelVersion):
        return leave(view, failed("CandidateNotFound", "the candidate was deleted meanwhile"))
    refused = refusals(view.spec.gates, candidate.metrics)
    if overall(refused) is Verdict.FAILED:
        view = view.having(replace(view.status, gates=refused))
        view = mark(view, ConditionType.VALIDATED, Truth.FALSE, "GateFailed", says(refused))
        return leave(view, failed("GateFailed", says(refused)))
    view = mark(view, ConditionType.VALIDATED, Truth.TRUE, "Valid")
    if view.spec.evaluation is not None:
        return enter(view, Phase.EVALUATING, "Validated", "score both versions on one dataset")
    return judged(view, judge_all(view.spec.gates, _measured(view, candidate)))


def _measured(view: View, candidate: ModelVersion) -> Measured:
    """Compare with what was in production when this began, wherever the alias is now."""
    champion, before = view.evidence.champion, view.status.champion
    if before is None:
        return training_metrics(candidate, None)
    if isinstance(champion, ModelVersion) and champion.version == before.version:
        return training_metrics(candidate, champion)
    why = (
        f"version {before.version} is in production, but alias {view.spec.target_alias} is not"
        " there: move it back, or add spec.evaluation"
    )
    return Measured(candidate=candidate.metrics, champion={}, incomparable=why)


def training_metrics(candidate: ModelVersion, champion: ModelVersion | None) -> Measured:
    """Metrics of both training runs; comparable only when computed on the same data."""
    same = (
        champion is not None
        and candidate.dataset_digest is not None
        and candidate.dataset_digest == champion.dataset_digest
    )
    return Measured(
        candidate=candidate.metrics,
        champion=champion.metrics if champion is not None else None,
        incomparable=None
        if same or champion is None
        else "candidate and champion were measured on different data; add spec.evaluation",
    )


def judged(view: View, results: tuple[GateResult, ...]) -> Decision:
    """Go on, or end: gates that are Inconclusive stay so however long one waits."""
    view = view.having(replace(view.status, gates=results))
    verdict, message = overall(results), says(results)
    if verdict is Verdict.PASSED:
        view = mark(view, ConditionType.EVALUATED, Truth.TRUE, "GatesPassed", message)
        return enter(view, Phase.AWAITING_APPROVAL, "GatesPassed", message)
    reason = "GateFailed" if verdict is Verdict.FAILED else "InconclusiveEvidence"
    view = mark(view, ConditionType.EVALUATED, Truth.FALSE, reason, message)
    return leave(view, failed(reason, message))


def says(results: tuple[GateResult, ...]) -> str:
    """Messages of the results that decided, or of all when every gate passed."""
    counted = tuple(result for result in results if not result.dry_run)
    verdict = overall(counted)
    decisive = tuple(result for result in counted if result.verdict is verdict)
    return "; ".join(result.message for result in decisive) or "no gates set"
