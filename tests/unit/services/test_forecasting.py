"""What `promote --dry-run` says."""

import pytest

from windlass.adapters.memory.registry import MemoryRegistry
from windlass.domain.names import Alias, Digest, ModelName, Version
from windlass.domain.promotion.gates import Verdict
from windlass.domain.promotion.spec import Candidate, EvaluationSpec, Gate, PromotionSpec
from windlass.domain.versions import ModelVersion, RunRecord
from windlass.services.forecasting import forecast

MODEL = ModelName("milk-price")
SAME_DATA = Digest("sha256:" + "0" * 64)
EVALUATION = EvaluationSpec(dataset="s3://windlass/datasets/milk-price/holdout")


def registry(*skills: float) -> MemoryRegistry:
    """Versions with these skills; the last one asks to replace the first."""
    known = MemoryRegistry()
    for skill in skills:
        run = known.record(RunRecord(experiment=MODEL, name="t", metrics={"skill": skill}))
        version = ModelVersion(
            model=MODEL, version=Version(""), run_id=run, dataset_digest=SAME_DATA
        )
        known.register(version)
    known.set_alias(MODEL, Alias("challenger"), Version(str(len(skills))))
    if len(skills) > 1:
        known.set_alias(MODEL, Alias("champion"), Version("1"))
    return known


def spec(*gates: Gate, evaluation: EvaluationSpec | None = None) -> PromotionSpec:
    candidate = Candidate(alias=Alias("challenger"))
    return PromotionSpec(model=MODEL, candidate=candidate, gates=gates, evaluation=evaluation)


@pytest.mark.parametrize(
    ("skills", "gate", "verdict", "refused"),
    [
        ((0.5,), Gate(metric="skill", threshold=0.4), Verdict.PASSED, False),
        ((0.5,), Gate(metric="skill", threshold=0.6), Verdict.FAILED, True),
        ((0.5, 0.49), Gate(metric="skill", tolerance=0.02), Verdict.PASSED, False),
        ((0.5, 0.4), Gate(metric="skill", tolerance=0.02), Verdict.FAILED, True),
        ((0.5,), Gate(metric="mae", threshold=1.0), Verdict.FAILED, True),
    ],
)
def test_without_evaluation_the_training_runs_metrics_decide(
    skills: tuple[float, ...], gate: Gate, verdict: Verdict, refused: bool
) -> None:
    found = forecast(registry(*skills), spec(gate))
    assert [result.verdict for result in found.gates] == [verdict]
    assert found.refused is refused


@pytest.mark.parametrize(
    ("gate", "verdict", "refused"),
    [
        (Gate(metric="skill", threshold=0.4), Verdict.INCONCLUSIVE, False),
        (Gate(metric="skill", threshold=0.6), Verdict.FAILED, True),
        (Gate(metric="skill", tolerance=0.0), Verdict.INCONCLUSIVE, False),
        (Gate(metric="latency_ms", threshold=5, greater_is_better=False), Verdict.INCONCLUSIVE, 0),
    ],
)
def test_before_an_evaluation_only_refusals_are_certain(
    gate: Gate, verdict: Verdict, refused: bool
) -> None:
    found = forecast(registry(0.6, 0.5), spec(gate, evaluation=EVALUATION))
    assert [result.verdict for result in found.gates] == [verdict]
    assert found.refused is bool(refused)


def test_a_held_candidate_is_refused() -> None:
    known = registry(0.5, 0.6)
    known.hold(MODEL, Version("2"), "rolled back on Monday")
    found = forecast(known, spec())
    assert found.refused
    assert "rolled back on Monday" in found.notes[0]


def test_what_a_first_promotion_lacks_is_said() -> None:
    found = forecast(registry(0.5), spec())
    assert found.champion is None
    assert found.notes == ("there is no champion yet: rules that compare do not apply",)
