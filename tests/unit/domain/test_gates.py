"""Gates: every rule, in both directions, with every way a number can be missing."""

import math

import pytest

from tests.support.promotions import gate_result
from windlass.domain.promotion.gates import (
    Measured,
    Verdict,
    judge,
    judge_all,
    overall,
    refusals,
)
from windlass.domain.promotion.spec import Gate

PASSED, FAILED, INCONCLUSIVE = Verdict.PASSED, Verdict.FAILED, Verdict.INCONCLUSIVE


def measured(candidate: float | None, champion: float | None, **flags: object) -> Measured:
    return Measured(
        candidate={} if candidate is None else {"m": candidate},
        champion={} if champion is None else {"m": champion},
        **flags,  # type: ignore[arg-type] # incomparable and seen_by_candidate, by name
    )


def test_losing_to_a_champion_that_knows_the_rows_proves_nothing_but_winning_does() -> None:
    gate = Gate(metric="m", tolerance=0.01)

    lost = judge(gate, measured(0.7, 0.8, seen_by_champion=True))
    assert lost.verdict is INCONCLUSIVE
    assert lost.message.endswith("but the champion has seen rows of the dataset in training")
    assert judge(gate, measured(0.8, 0.8, seen_by_champion=True)).verdict is PASSED


def test_nothing_is_a_share_of_zero() -> None:
    gate = Gate(metric="m", min_relative_change=0.1)

    assert judge(gate, measured(0.0, 0.0)).verdict is INCONCLUSIVE
    assert judge(gate, measured(0.1, 0.0)).verdict is PASSED


@pytest.mark.parametrize(
    ("gate", "candidate", "champion", "verdict"),
    [
        (Gate(metric="m", threshold=0.3), 0.30, 0.9, PASSED),
        (Gate(metric="m", threshold=0.3), 0.31, 0.9, PASSED),
        (Gate(metric="m", threshold=0.3), 0.29, 0.1, FAILED),
        (Gate(metric="m", threshold=5, greater_is_better=False), 5.0, 1.0, PASSED),
        (Gate(metric="m", threshold=5, greater_is_better=False), 5.1, 9.0, FAILED),
        (Gate(metric="m", threshold=-0.5), -0.4, None, PASSED),
        (Gate(metric="m", threshold=0.0), -0.1, None, FAILED),
        (Gate(metric="m", min_absolute_change=0.05), 0.75, 0.70, PASSED),
        (Gate(metric="m", min_absolute_change=0.05), 0.74, 0.70, FAILED),
        (Gate(metric="m", min_absolute_change=0.0), 0.70, 0.70, PASSED),
        (Gate(metric="m", min_absolute_change=2, greater_is_better=False), 8.0, 10.0, PASSED),
        (Gate(metric="m", min_absolute_change=2, greater_is_better=False), 12.0, 10.0, FAILED),
        (Gate(metric="m", min_relative_change=0.1), 0.55, 0.50, PASSED),
        (Gate(metric="m", min_relative_change=0.1), 0.54, 0.50, FAILED),
        (Gate(metric="m", min_relative_change=0.1), -0.45, -0.50, PASSED),
        (Gate(metric="m", min_relative_change=0.1, greater_is_better=False), 9.0, 10.0, PASSED),
        (Gate(metric="m", min_relative_change=0.1, greater_is_better=False), 9.1, 10.0, FAILED),
        (Gate(metric="m", tolerance=0.01), 0.69, 0.70, PASSED),
        (Gate(metric="m", tolerance=0.01), 0.689, 0.70, FAILED),
        (Gate(metric="m", tolerance=0.01), 0.99, 0.70, PASSED),
        (Gate(metric="m", tolerance=0.0), 0.70, 0.70, PASSED),
        (Gate(metric="m", tolerance=1, greater_is_better=False), 11.0, 10.0, PASSED),
        (Gate(metric="m", tolerance=1, greater_is_better=False), 11.1, 10.0, FAILED),
        (Gate(metric="m", threshold=0.3, tolerance=0.01), 0.4, 0.5, FAILED),
        (Gate(metric="m", threshold=0.3, tolerance=0.01), 0.2, 0.1, FAILED),
        (Gate(metric="m", threshold=0.3, tolerance=0.01), 0.5, 0.5, PASSED),
        (Gate(metric="m", min_absolute_change=0.1, min_relative_change=0.5), 0.7, 0.5, FAILED),
    ],
)
def test_each_rule_has_its_verdict(
    gate: Gate, candidate: float, champion: float | None, verdict: Verdict
) -> None:
    assert judge(gate, measured(candidate, champion)).verdict is verdict


RULES = [
    Gate(metric="m", threshold=0.0),
    Gate(metric="m", min_absolute_change=0.0),
    Gate(metric="m", min_relative_change=0.0),
    Gate(metric="m", tolerance=0.5),
]
RELATIVE = RULES[1:]


@pytest.mark.parametrize("gate", RULES)
@pytest.mark.parametrize("value", [None, math.nan, math.inf, -math.inf])
def test_a_candidate_without_a_finite_metric_fails(gate: Gate, value: float | None) -> None:
    assert judge(gate, measured(value, 0.5)).verdict is FAILED


@pytest.mark.parametrize("gate", RELATIVE)
@pytest.mark.parametrize("value", [None, math.nan, math.inf, -math.inf])
def test_a_champion_without_a_finite_metric_leaves_a_comparison_open(
    gate: Gate, value: float | None
) -> None:
    assert judge(gate, measured(0.5, value)).verdict is INCONCLUSIVE


@pytest.mark.parametrize("value", [None, math.nan])
def test_a_threshold_does_not_ask_for_the_champions_metric(value: float | None) -> None:
    assert judge(RULES[0], measured(0.5, value)).verdict is PASSED


@pytest.mark.parametrize("gate", RULES)
def test_without_a_champion_only_thresholds_apply(gate: Gate) -> None:
    assert judge(gate, Measured(candidate={"m": 0.5}, champion=None)).verdict is PASSED


def test_without_a_champion_a_missed_threshold_still_fails() -> None:
    gate = Gate(metric="m", threshold=0.6, tolerance=0.1)

    assert judge(gate, Measured(candidate={"m": 0.5}, champion=None)).verdict is FAILED


@pytest.mark.parametrize("gate", RELATIVE)
def test_incomparable_metrics_leave_a_comparison_open(gate: Gate) -> None:
    judged = judge(gate, measured(0.9, 0.5, incomparable="measured on different data"))

    assert (judged.verdict, judged.message) == (INCONCLUSIVE, "m: measured on different data")


def test_incomparable_metrics_do_not_touch_a_threshold() -> None:
    assert judge(RULES[0], measured(0.9, 0.5, incomparable="other data")).verdict is PASSED


@pytest.mark.parametrize("gate", RULES)
def test_rows_seen_in_training_leave_every_rule_open(gate: Gate) -> None:
    judged = judge(gate, measured(0.9, 0.5, incomparable="seen", seen_by_candidate=True))

    assert judged.verdict is INCONCLUSIVE


def test_a_result_carries_the_numbers_it_rests_on() -> None:
    judged = judge(Gate(metric="m", tolerance=0.01), measured(0.6, 0.7))

    assert (judged.candidate, judged.champion) == (0.6, 0.7)
    assert judged.message == ("m: candidate 0.6, champion 0.7, gain -0.1, tolerance asks for -0.01")


def test_a_gate_judges_by_its_own_metric() -> None:
    results = judge_all(
        (Gate(metric="a", threshold=1), Gate(metric="b", threshold=1)),
        Measured(candidate={"a": 2.0, "b": 0.0}),
    )

    assert [(r.metric, r.verdict) for r in results] == [("a", PASSED), ("b", FAILED)]


@pytest.mark.parametrize(
    ("verdicts", "dry", "verdict"),
    [
        ([], [], PASSED),
        ([PASSED, PASSED], [], PASSED),
        ([PASSED, INCONCLUSIVE], [], INCONCLUSIVE),
        ([INCONCLUSIVE, FAILED, PASSED], [], FAILED),
        ([PASSED], [FAILED], PASSED),
        ([PASSED], [INCONCLUSIVE], PASSED),
        ([], [FAILED], PASSED),
        ([INCONCLUSIVE], [FAILED], INCONCLUSIVE),
    ],
)
def test_all_gates_must_pass_but_dry_runs_stop_nothing(
    verdicts: list[Verdict], dry: list[Verdict], verdict: Verdict
) -> None:
    results = [gate_result(v) for v in verdicts] + [gate_result(v, dry_run=True) for v in dry]

    assert overall(tuple(results)) is verdict


def test_a_dry_run_is_judged_and_marked_as_one() -> None:
    judged = judge(Gate(metric="m", threshold=0.6, dry_run=True), measured(0.5, None))

    assert (judged.verdict, judged.dry_run) == (FAILED, True)


@pytest.mark.parametrize(
    ("gate", "metrics", "refused"),
    [
        (Gate(metric="m", threshold=0.3), {"m": 0.2}, True),
        (Gate(metric="m", threshold=0.3), {"m": 0.3}, False),
        (Gate(metric="m", threshold=0.3), {"m": math.nan}, True),
        (Gate(metric="m", threshold=0.3), {}, False),
        (Gate(metric="m", threshold=5, greater_is_better=False), {"m": 6.0}, True),
        (Gate(metric="m", tolerance=0.1), {"m": 0.0}, False),
        (Gate(metric="m", threshold=0.3, tolerance=0.1), {"m": 0.4}, False),
        (Gate(metric="m", threshold=0.3, tolerance=0.1), {"m": 0.2}, True),
    ],
)
def test_cheap_gates_only_refuse(gate: Gate, metrics: dict[str, float], refused: bool) -> None:
    assert bool(refusals((gate,), metrics)) is refused


def test_a_cheap_gate_in_dry_run_refuses_nothing() -> None:
    results = refusals((Gate(metric="m", threshold=0.3, dry_run=True),), {"m": 0.2})

    assert overall(results) is PASSED
