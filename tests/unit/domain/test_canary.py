"""What reached a version since a step began, and what its limits say of that."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.support.promotions import (
    SPEC,
    STARTED,
    counted,
    digest,
    report,
    routing,
    step_status,
)
from windlass.domain.promotion.canary import (
    Observed,
    baselines,
    judge_shift,
    judge_traffic,
    observe,
)
from windlass.domain.promotion.gates import Verdict
from windlass.domain.promotion.spec import Limits, Rollout
from windlass.domain.promotion.status import Baseline, RolloutStatus
from windlass.domain.traffic import ServerReport

DOCUMENT = routing("6", "7", weight=10)
SEVEN = digest("7")
LIMITS = Limits(error_rate=0.01, p99_latency_ms=50)
ROLLOUT = replace(SPEC.rollout, limits=LIMITS, min_requests=50)


def server(name: str = "pod-1", *, minutes: int = 0, **counts: object) -> ServerReport:
    return report(
        DOCUMENT,
        name,
        started=STARTED + timedelta(minutes=minutes),
        versions=counted("7", **counts),  # type: ignore[arg-type] # counts, by name
    )


def since(**known: Baseline) -> RolloutStatus:
    names = {name.replace("_", "-"): baseline for name, baseline in known.items()}
    return step_status(1, baselines=names)


def test_baselines_are_the_counters_now() -> None:
    reports = (server(requests=9, errors=2, milliseconds=[10, 60, 70]),)

    assert baselines(reports, SEVEN, LIMITS) == {
        "pod-1": Baseline(started=STARTED, requests=9, errors=2, slow=2)
    }


def test_a_server_that_counted_nothing_yet_has_a_baseline_of_nothing() -> None:
    assert baselines((report(DOCUMENT),), SEVEN, LIMITS) == {"pod-1": Baseline(started=STARTED)}


def test_without_a_latency_limit_nothing_is_slow() -> None:
    reports = (server(milliseconds=[1e9]),)

    assert baselines(reports, SEVEN, Limits())["pod-1"].slow == 0


def test_what_was_counted_before_the_step_does_not_count() -> None:
    known = since(pod_1=Baseline(started=STARTED, requests=100, errors=3, slow=1))
    reports = (server(requests=160, errors=5, milliseconds=[70, 80, 90]),)

    assert observe(known, reports, SEVEN, LIMITS) == Observed(requests=60, errors=2, slow=2)


def test_servers_add_up() -> None:
    known = since(pod_1=Baseline(started=STARTED), pod_2=Baseline(started=STARTED, requests=1))
    reports = (server(requests=5, errors=1), server("pod-2", requests=4))

    assert observe(known, reports, SEVEN, LIMITS) == Observed(requests=8, errors=1)


def test_other_versions_are_not_counted() -> None:
    reports = (report(DOCUMENT, versions=counted("6", requests=99, errors=9)),)

    assert observe(since(), reports, SEVEN, LIMITS) == Observed()


def test_a_restart_counts_as_one_error_and_its_new_counters_from_zero() -> None:
    known = since(pod_1=Baseline(started=STARTED, requests=100, errors=3, slow=2))
    reports = (server(minutes=5, requests=7, errors=1, milliseconds=[60]),)

    assert observe(known, reports, SEVEN, LIMITS) == Observed(
        requests=7, errors=1, slow=1, restarts=1
    )


def test_restarts_noted_before_are_kept() -> None:
    known = replace(since(pod_1=Baseline(started=STARTED)), restarts=2)

    assert observe(known, (server(),), SEVEN, LIMITS).restarts == 2


def test_what_was_recorded_before_a_restart_still_holds() -> None:
    known = since(pod_1=Baseline(started=STARTED))
    known = replace(known, requests=18_400, errors=3, slow=9)

    assert observe(known, (server(minutes=1, requests=7, errors=1),), SEVEN, LIMITS) == Observed(
        requests=18_400, errors=3, slow=9, restarts=1
    )


def test_what_a_server_counted_that_is_no_more_still_holds() -> None:
    known = replace(since(pod_1=Baseline(started=STARTED)), requests=60, errors=4)

    assert observe(known, (server("pod-2", requests=20),), SEVEN, LIMITS) == Observed(
        requests=60, errors=4
    )


def test_a_new_server_is_no_restart() -> None:
    known = since(pod_1=Baseline(started=STARTED))
    reports = (server(requests=1), server("pod-9", minutes=9, requests=2))

    assert observe(known, reports, SEVEN, LIMITS) == Observed(requests=3)


def test_a_server_that_was_away_when_the_step_began_brings_nothing_of_earlier_steps() -> None:
    known = since(pod_1=Baseline(started=STARTED))
    began = STARTED + timedelta(hours=1)
    rollout = replace(known, started_at=began)
    back = (server(requests=10), server("pod-2", requests=400, errors=9))

    seen = observe(rollout, back, SEVEN, LIMITS)
    assert seen == Observed(requests=10)

    later = replace(rollout, baselines=seen.baselines)
    reports = (server(requests=15), server("pod-2", requests=420, errors=10))
    assert observe(later, reports, SEVEN, LIMITS) == Observed(requests=35, errors=1)


def test_a_server_that_left_takes_its_counts_along() -> None:
    known = since(pod_1=Baseline(started=STARTED), pod_2=Baseline(started=STARTED))

    assert observe(known, (server(requests=4),), SEVEN, LIMITS) == Observed(requests=4)


def test_counters_that_fell_without_a_restart_count_for_nothing() -> None:
    known = since(pod_1=Baseline(started=STARTED, requests=100, errors=3))

    assert observe(known, (server(requests=20),), SEVEN, LIMITS) == Observed()


@pytest.mark.parametrize(
    ("seen", "verdict", "message"),
    [
        (
            Observed(requests=50),
            Verdict.PASSED,
            "0 errors in 50 requests, limit 1.00%; 0 of 50 requests slower than 50 ms",
        ),
        (Observed(), Verdict.INCONCLUSIVE, "0 errors in 0 requests, limit 1.00%"),
        (Observed(requests=49), Verdict.INCONCLUSIVE, "0 errors in 49 requests, limit 1.00%"),
        (
            Observed(requests=10, errors=3),
            Verdict.FAILED,
            "3 errors in 10 requests, limit 1.00%",
        ),
        (
            Observed(requests=10, errors=1, restarts=2),
            Verdict.FAILED,
            "3 errors, 2 of them restarts in 10 requests, limit 1.00%",
        ),
        (
            Observed(restarts=2),
            Verdict.FAILED,
            "2 errors, 2 of them restarts in 2 requests, limit 1.00%",
        ),
        (
            Observed(requests=60, slow=9),
            Verdict.FAILED,
            "9 of 60 requests slower than 50 ms",
        ),
        (
            Observed(requests=60, slow=1),
            Verdict.INCONCLUSIVE,
            "1 of 60 requests slower than 50 ms",
        ),
    ],
)
def test_the_first_limit_that_decides_speaks(
    seen: Observed, verdict: Verdict, message: str
) -> None:
    assert judge_traffic(seen, ROLLOUT, ()) == (verdict, message)


def test_a_server_that_gave_up_fails_it_whatever_was_counted() -> None:
    judged = judge_traffic(Observed(requests=1_000), ROLLOUT, ("pod-1", "pod-2"))

    assert judged == (
        Verdict.FAILED,
        "pod-1, pod-2 stopped sending to it: 5 failures in a row",
    )


def test_latency_without_a_limit_is_not_judged() -> None:
    judged = judge_traffic(Observed(requests=50, slow=50), SPEC.rollout, ())

    assert judged == (Verdict.PASSED, "0 errors in 50 requests, limit 1.00%")


def shadowed(champion: Iterable[float], candidate: Iterable[float], limit: float | None) -> Verdict:
    versions = {**counted("6", shadow=champion), **counted("7", shadow=candidate)}
    wanted = Rollout(min_requests=50, limits=Limits(max_score_shift=limit))
    verdict, _ = judge_shift((report(DOCUMENT, versions=versions),), digest("6"), SEVEN, wanted)
    return verdict


SPREAD = [2.0**step for step in range(10)]


@pytest.mark.parametrize(
    ("champion", "candidate", "limit", "verdict"),
    [
        (SPREAD * 10, SPREAD * 10, 0.2, Verdict.PASSED),
        (SPREAD * 10, [1.0] * 100, 0.2, Verdict.FAILED),
        (SPREAD * 10, [1.0] * 100, None, Verdict.PASSED),
        (SPREAD * 10, SPREAD * 4, 0.2, Verdict.INCONCLUSIVE),
        (SPREAD * 10, [], 0.2, Verdict.INCONCLUSIVE),
        ([5.0] * 100, [5.0] * 100, 0.2, Verdict.INCONCLUSIVE),
        ([1.0, 2.0] * 25, [1.0] * 15 + [2.0] * 35, 0.1, Verdict.INCONCLUSIVE),
        ([1.0, 2.0] * 500, [1.0] * 300 + [2.0] * 700, 0.1, Verdict.FAILED),
    ],
)
def test_a_shift_beyond_its_limit_fails_once_chance_does_not_explain_it(
    champion: list[float], candidate: list[float], limit: float | None, verdict: Verdict
) -> None:
    assert shadowed(champion, candidate, limit) is verdict


def test_shadow_scores_of_all_servers_count() -> None:
    both = {**counted("6", shadow=SPREAD * 3), **counted("7", shadow=SPREAD * 3)}
    reports = tuple(report(DOCUMENT, name, versions=both) for name in ("pod-1", "pod-2"))
    wanted = Rollout(min_requests=60, limits=Limits(max_score_shift=0.2))

    assert judge_shift(reports, digest("6"), SEVEN, wanted) == (
        Verdict.PASSED,
        "score shift 0.000, limit 0.200",
    )
