"""Soaking: in production and watched."""

from dataclasses import replace
from typing import Any

import pytest

from tests.support.promotions import (
    MLFLOW_DOWN,
    NOW,
    SERVING_DOWN,
    SPEC,
    STARTED,
    after,
    before,
    counted,
    decided,
    digest,
    report,
    routing,
    status,
    truth_of,
    version,
)
from windlass.domain.promotion.conditions import ConditionType, Truth
from windlass.domain.promotion.effects import ApplyRouting, SetAlias
from windlass.domain.promotion.gates import Verdict
from windlass.domain.promotion.spec import DriftPolicy, Rollback
from windlass.domain.promotion.status import Baseline, Phase, PromotionStatus, RolloutStatus
from windlass.domain.promotion.view import fingerprint

SEVEN = routing("7")


def soaking(seconds: float = 30, **changes: Any) -> PromotionStatus:
    watched = RolloutStatus(
        step=3,
        weight=100,
        started_at=before(seconds),
        baselines={"pod-1": Baseline(started=STARTED)},
    )
    return status(Phase.SOAKING, rollout=watched, **changes)


def seen(champion: Any = version("7"), **counts: Any) -> dict[str, Any]:  # noqa: B008 - a literal
    return {
        "champion": champion,
        "routing": SEVEN,
        "reports": (report(SEVEN, versions=counted("7", **counts)),),
    }


def test_it_is_watched_until_the_soak_is_over() -> None:
    decision = decided(soaking(599.5), **seen(requests=100))

    assert (decision.status.phase, decision.effect) == (Phase.SOAKING, None)
    assert decision.again_at == after(0.5)


@pytest.mark.parametrize("requests", [0, 10, 1_000])
def test_then_it_has_succeeded(requests: int) -> None:
    found = decided(soaking(600), **seen(requests=requests)).status

    assert (found.phase, found.reason, found.finished_at) == (Phase.SUCCEEDED, "Soaked", NOW)
    for type_ in (ConditionType.READY, ConditionType.PROMOTED):
        assert truth_of(found, type_) is Truth.TRUE
    assert truth_of(found, ConditionType.RECONCILING) is Truth.FALSE


def test_a_soak_of_no_length_is_over_at_once() -> None:
    wanted = replace(SPEC, rollback=Rollback(soak=after(0) - NOW))

    assert decided(soaking(0), wanted, **seen()).status.phase is Phase.SUCCEEDED


def test_bad_evidence_takes_it_back() -> None:
    decision = decided(soaking(), **seen(requests=10, errors=3))

    assert decision.effect == ApplyRouting(
        model=SPEC.model, routing=routing("6", generation=6, held=(digest("7"),))
    )
    ending = decision.status.ending
    assert ending is not None
    assert (ending.phase, ending.reason, ending.hold) == (Phase.ROLLED_BACK, "SoakFailed", True)
    assert truth_of(decision.status, ConditionType.PROMOTED) is Truth.FALSE


def test_bad_evidence_at_the_very_end_takes_it_back() -> None:
    found = decided(soaking(10_000), **seen(requests=10, errors=3)).status

    assert found.phase is Phase.ROLLING_BACK


def test_without_automatic_rollback_bad_evidence_stalls_it() -> None:
    wanted = replace(SPEC, rollback=Rollback(automatic=False))
    decision = decided(soaking(), wanted, **seen(requests=10, errors=3))

    assert (decision.status.phase, decision.status.stalled) == (Phase.SOAKING, "LimitExceeded")
    assert decision.effect is None
    assert "windlass promotions rollback" in decision.status.message


@pytest.mark.parametrize("outage", [1, 10_000, 1_000_000])
@pytest.mark.parametrize(
    "blind", [{"served": SERVING_DOWN}, {"reports": SERVING_DOWN}, {"champion": MLFLOW_DOWN}]
)
def test_an_outage_never_ends_it_badly(outage: float, blind: dict[str, Any]) -> None:
    known = soaking(faulted_at=before(outage))
    decision = decided(known, **{**seen(requests=100), **blind})

    assert decision.status.phase is Phase.SOAKING
    assert decision.effect is None


def test_what_failed_in_the_rollout_is_not_counted_again() -> None:
    known = soaking()
    assert known.rollout is not None
    baselines = {"pod-1": Baseline(started=STARTED, requests=100, errors=5)}
    known = replace(known, rollout=replace(known.rollout, baselines=baselines))

    assert decided(known, **seen(requests=160, errors=5)).status.phase is Phase.SOAKING


def test_what_it_counted_is_recorded() -> None:
    found = decided(soaking(), **seen(requests=100)).status.rollout

    assert found is not None
    assert (found.requests, found.verdict, found.weight) == (100, Verdict.PASSED, 100)


def test_a_model_that_nobody_serves_soaks_by_time_alone() -> None:
    unserved: dict[str, Any] = {
        "champion": version("7"),
        "served": False,
        "routing": None,
        "reports": (),
    }

    assert decided(soaking(599), **unserved).status.phase is Phase.SOAKING
    assert decided(soaking(600), **unserved).status.phase is Phase.SUCCEEDED


def test_an_alias_moved_by_hand_is_reported() -> None:
    found = decided(soaking(700), **seen(champion=version("5"))).status

    assert (found.phase, found.stalled) == (Phase.SOAKING, "Drifted")
    assert truth_of(found, ConditionType.ALIAS_CURRENT) is Truth.FALSE


def test_an_alias_moved_by_hand_is_moved_back_where_that_is_wanted() -> None:
    wanted = replace(SPEC, drift_policy=DriftPolicy.REVERT)

    assert isinstance(decided(soaking(), wanted, **seen(version("5"))).effect, SetAlias)


def test_a_server_that_serves_something_else_is_told_again() -> None:
    other = {**seen(), "reports": (report(routing("6", generation=4)),)}
    decision = decided(soaking(), **other)

    assert decision.effect == ApplyRouting(model=SPEC.model, routing=SEVEN)


def test_a_changed_spec_no_longer_restarts_anything() -> None:
    known = soaking(analysed=fingerprint(SPEC))
    found = decided(known, replace(SPEC, notify=("slack-webhook/x",)), **seen()).status

    assert found.phase is Phase.SOAKING
