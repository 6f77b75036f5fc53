"""Gates: rules with a verdict. Pure arithmetic on metrics of candidate and champion."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from windlass.domain.promotion.spec import Gate

_SLACK = 1e-12
"""Differences below this are rounding, not losses."""


class Verdict(StrEnum):
    """Inconclusive is neither: it never lets anything pass."""

    PASSED = "Passed"
    FAILED = "Failed"
    INCONCLUSIVE = "Inconclusive"


@dataclass(frozen=True, slots=True, kw_only=True)
class GateResult:
    """Verdict of one gate with the numbers it was computed from."""

    metric: str
    candidate: float | None = None
    champion: float | None = None
    verdict: Verdict
    message: str
    dry_run: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Metrics of both models, and whether they may be compared."""

    candidate: Mapping[str, float]
    champion: Mapping[str, float] | None = None
    """None: there is no champion yet, so only thresholds apply."""
    incomparable: str | None = None
    """Why a comparison proves nothing: other data, or rows seen in training."""
    seen_by_candidate: bool = False
    """The data was part of the candidate's training: not even thresholds count."""
    seen_by_champion: bool = False
    """It was part of the champion's, which flatters that one: losing to it proves nothing."""


def judge(gate: Gate, measured: Measured) -> GateResult:
    """Apply every rule of a gate; the first rule that does not pass decides."""
    candidate = measured.candidate.get(gate.metric)
    champion = measured.champion.get(gate.metric) if measured.champion is not None else None
    verdict, message = _verdict(gate, measured, candidate, champion)
    return GateResult(
        metric=gate.metric,
        candidate=candidate,
        champion=champion,
        verdict=verdict,
        message=message,
        dry_run=gate.dry_run,
    )


def judge_all(gates: tuple[Gate, ...], measured: Measured) -> tuple[GateResult, ...]:
    """Apply all gates."""
    return tuple(judge(gate, measured) for gate in gates)


def refusals(gates: tuple[Gate, ...], metrics: Mapping[str, float]) -> tuple[GateResult, ...]:
    """Failed thresholds on the training run's own metrics: cheap gates may only refuse.

    A metric the training run lacks is no refusal, the evaluation may still bring it.
    """
    known = tuple(g for g in gates if g.threshold is not None and g.metric in metrics)
    own = tuple(_threshold_only(gate) for gate in known)
    results = judge_all(own, Measured(candidate=metrics))
    return tuple(r for r in results if r.verdict is Verdict.FAILED)


def overall(results: tuple[GateResult, ...]) -> Verdict:
    """Verdict of all gates together; dry runs stop nothing."""
    verdicts = {result.verdict for result in results if not result.dry_run}
    for verdict in (Verdict.FAILED, Verdict.INCONCLUSIVE):
        if verdict in verdicts:
            return verdict
    return Verdict.PASSED


def _threshold_only(gate: Gate) -> Gate:
    return Gate(
        metric=gate.metric,
        threshold=gate.threshold,
        greater_is_better=gate.greater_is_better,
        dry_run=gate.dry_run,
    )


def _verdict(
    gate: Gate, measured: Measured, candidate: float | None, champion: float | None
) -> tuple[Verdict, str]:
    if candidate is None:
        return Verdict.FAILED, f"{gate.metric}: the candidate has no such metric"
    if not math.isfinite(candidate):
        return Verdict.FAILED, f"{gate.metric}: the candidate's value is {candidate}"
    if measured.seen_by_candidate:
        return Verdict.INCONCLUSIVE, f"{gate.metric}: {measured.incomparable or 'seen in training'}"
    if gate.threshold is not None and not _reaches(gate, candidate):
        bound = "below" if gate.greater_is_better else "above"
        return Verdict.FAILED, (
            f"{gate.metric}: candidate {candidate:.6g} is {bound}"
            f" the threshold {gate.threshold:.6g}"
        )
    if gate.relative and measured.champion is not None:
        return _compare(gate, measured, candidate, champion)
    return Verdict.PASSED, f"{gate.metric}: candidate {candidate:.6g}{_passed_because(gate)}"


def _passed_because(gate: Gate) -> str:
    if gate.threshold is not None:
        return f" meets the threshold {gate.threshold:.6g}"
    return ", no champion to compare with" if gate.relative else ", no rule set"


def _reaches(gate: Gate, candidate: float) -> bool:
    threshold = gate.threshold or 0.0
    return candidate >= threshold if gate.greater_is_better else candidate <= threshold


def _compare(
    gate: Gate, measured: Measured, candidate: float, champion: float | None
) -> tuple[Verdict, str]:
    if measured.incomparable is not None:
        return Verdict.INCONCLUSIVE, f"{gate.metric}: {measured.incomparable}"
    if champion is None or not math.isfinite(champion):
        return Verdict.INCONCLUSIVE, f"{gate.metric}: the champion has no such metric"
    gain = (candidate - champion) * (1 if gate.greater_is_better else -1)
    numbers = f"candidate {candidate:.6g}, champion {champion:.6g}, gain {gain:+.6g}"
    for name, allowed in _bounds(gate, champion):
        if gain < allowed - _SLACK:
            message = f"{gate.metric}: {numbers}, {name} asks for {allowed:+.6g}"
            if measured.seen_by_champion:
                unfair = "the champion has seen rows of the dataset in training"
                return Verdict.INCONCLUSIVE, f"{message}, but {unfair}"
            return Verdict.FAILED, message
    if champion == 0 and gain <= _SLACK and gate.min_relative_change:
        return Verdict.INCONCLUSIVE, f"{gate.metric}: {numbers}, nothing is a share of zero"
    return Verdict.PASSED, f"{gate.metric}: {numbers}"


def _bounds(gate: Gate, champion: float) -> list[tuple[str, float]]:
    bounds = []
    if gate.min_absolute_change is not None:
        bounds.append(("minAbsoluteChange", gate.min_absolute_change))
    if gate.min_relative_change is not None:
        bounds.append(("minRelativeChange", gate.min_relative_change * abs(champion)))
    if gate.tolerance is not None:
        bounds.append(("tolerance", -gate.tolerance))
    return bounds
