"""Drift: the owner of what is in production watches alias and routing."""

from dataclasses import replace
from typing import Any

import pytest

from tests.support.promotions import (
    MLFLOW_DOWN,
    SERVING_DOWN,
    SPEC,
    after,
    before,
    decided,
    report,
    rival,
    routing,
    served,
    spec,
    status,
    truth_of,
    version,
)
from windlass.domain.names import Version
from windlass.domain.promotion.conditions import ConditionType, Truth
from windlass.domain.promotion.effects import ApplyRouting, RecordOutcome, SetAlias
from windlass.domain.promotion.spec import DriftPolicy
from windlass.domain.promotion.status import Phase, PromotionStatus

DONE = status(Phase.SUCCEEDED, reason="Soaked")
REPORT, REVERT, ADOPT = (spec(drift_policy=policy) for policy in DriftPolicy)
FINE: dict[str, Any] = {"champion": version("7"), **served(routing("7"))}
BY_HAND = {**FINE, "champion": version("5")}


def drifts(found: PromotionStatus) -> list[str]:
    return [entry.outcome for entry in found.journal if entry.step == "Drift"]


@pytest.mark.parametrize("wanted", [REPORT, REVERT, ADOPT])
def test_nothing_is_done_while_nothing_drifts(wanted: Any) -> None:
    decision = decided(DONE, wanted, **FINE)

    assert (decision.effect, decision.status.stalled) == (None, None)
    assert truth_of(decision.status, ConditionType.READY) is Truth.TRUE


@pytest.mark.parametrize("gone", [version("5"), None])
def test_a_moved_alias_is_reported_once(gone: Any) -> None:
    seen = {**BY_HAND, "champion": gone}
    first = decided(DONE, REPORT, **seen)
    again = decided(first.status, REPORT, at=after(60), **seen)

    assert not isinstance(first.effect, ApplyRouting | SetAlias)
    assert (first.status.phase, first.status.stalled) == (Phase.SUCCEEDED, "Drifted")
    assert truth_of(first.status, ConditionType.READY) is Truth.FALSE
    assert truth_of(first.status, ConditionType.PROMOTED) is Truth.TRUE
    assert drifts(again.status) == ["Drifted"]


def test_a_report_says_what_to_do() -> None:
    found = decided(DONE, REPORT, **BY_HAND).status

    assert found.message == (
        "alias champion was moved to 5 by hand, version 7 is still served;"
        " move it back, or promote the other version"
    )


def test_a_moved_alias_is_moved_back() -> None:
    decision = decided(DONE, REVERT, **BY_HAND)

    assert decision.effect == SetAlias(
        model=SPEC.model, alias=SPEC.target_alias, seen=Version("5"), to=Version("7")
    )
    assert drifts(decision.status) == ["Reverted"]


def test_a_removed_alias_is_set_again() -> None:
    decision = decided(DONE, REVERT, **{**FINE, "champion": None})

    assert isinstance(decision.effect, SetAlias)
    assert (decision.effect.seen, decision.effect.to) == (None, "7")


def test_a_moved_alias_is_adopted() -> None:
    decision = decided(DONE, ADOPT, **BY_HAND)

    assert decision.effect == ApplyRouting(model=SPEC.model, routing=routing("5", generation=6))
    assert drifts(decision.status) == ["Adopted"]


def test_an_adopted_version_stays_adopted() -> None:
    adopted = {"champion": version("5"), **served(routing("5"))}
    once = decided(DONE, ADOPT, **BY_HAND).status

    assert not isinstance(decided(once, ADOPT, **adopted).effect, ApplyRouting | SetAlias)


def test_nothing_is_no_version_to_adopt() -> None:
    found = decided(DONE, ADOPT, **{**FINE, "champion": None}).status

    assert found.stalled == "Drifted"


@pytest.mark.parametrize("wanted", [REPORT, REVERT, ADOPT])
def test_servers_that_drifted_are_told_again(wanted: Any) -> None:
    astray = {**FINE, "reports": (report(routing("6", generation=4)),)}
    decision = decided(DONE, wanted, **astray)

    assert decision.effect == ApplyRouting(model=SPEC.model, routing=routing("7"))


@pytest.mark.parametrize(
    ("wanted", "drifted", "type_"),
    [
        (REPORT, BY_HAND, ConditionType.ALIAS_CURRENT),
        (REVERT, BY_HAND, ConditionType.ALIAS_CURRENT),
        (
            REPORT,
            {**FINE, "reports": (report(routing("6", generation=4)),)},
            ConditionType.ROUTING_APPLIED,
        ),
    ],
)
def test_once_all_is_as_it_was_the_conditions_say_so(
    wanted: Any, drifted: Any, type_: ConditionType
) -> None:
    during = decided(DONE, wanted, **drifted).status
    found = decided(during, wanted, at=after(5), **FINE).status

    assert truth_of(during, type_) is Truth.FALSE
    assert truth_of(found, type_) is Truth.TRUE
    assert truth_of(found, ConditionType.READY) is Truth.TRUE
    assert found.stalled is None


def test_a_second_drift_is_journaled_too() -> None:
    once = decided(DONE, REPORT, **BY_HAND).status
    settled = decided(once, REPORT, at=after(5), **FINE).status
    twice = decided(settled, REPORT, at=after(10), **BY_HAND).status

    assert drifts(twice) == ["Drifted", "Drifted"]


@pytest.mark.parametrize("wanted", [REPORT, REVERT, ADOPT])
@pytest.mark.parametrize("blind", [{"champion": MLFLOW_DOWN}, {"rivals": MLFLOW_DOWN}])
def test_a_system_that_does_not_answer_shows_no_drift_and_settles_none(
    wanted: Any, blind: dict[str, Any]
) -> None:
    drifted = decided(DONE, REPORT, **BY_HAND).status
    for known in (DONE, drifted):
        decision = decided(known, wanted, **{**BY_HAND, **blind})

        assert not isinstance(decision.effect, ApplyRouting | SetAlias)
        assert decision.status.stalled == known.stalled


@pytest.mark.parametrize(
    "blind", [{"reports": SERVING_DOWN}, {"served": SERVING_DOWN}, {"reports": ()}]
)
def test_servers_that_do_not_answer_show_no_drift(blind: dict[str, Any]) -> None:
    assert decided(DONE, REPORT, **{**FINE, **blind}).status.stalled is None


@pytest.mark.parametrize(
    ("others", "watches"),
    [
        ((), True),
        ((rival("v8", Phase.AWAITING_APPROVAL),), True),
        ((rival("v8", Phase.PROGRESSING),), False),
        ((rival("v8", Phase.PROMOTING),), False),
        ((rival("v8", Phase.SOAKING),), False),
        ((rival("v6", Phase.ROLLING_BACK),), False),
        ((rival("v8", Phase.SUCCEEDED, finished_at=before(30)),), False),
        ((rival("v6", Phase.SUCCEEDED, finished_at=before(600)),), True),
        ((rival("v8", Phase.ROLLED_BACK, finished_at=before(30), version=Version("8")),), True),
        ((rival("x", Phase.ROLLED_BACK, finished_at=before(30), version=Version("7")),), False),
        ((rival("x", Phase.ROLLED_BACK, finished_at=before(600), version=Version("7")),), True),
        ((rival("v8", Phase.FAILED, finished_at=before(30)),), True),
    ],
)
def test_only_the_latest_success_watches(others: Any, watches: bool) -> None:
    unserved: dict[str, Any] = {
        "champion": version("5"),
        "served": False,
        "routing": None,
        "reports": (),
    }
    decision = decided(DONE, REVERT, rivals=others, **unserved)

    assert isinstance(decision.effect, SetAlias) is watches


@pytest.mark.parametrize("wanted", [REPORT, REVERT, ADOPT])
def test_production_moved_on_as_a_whole_is_no_drift(wanted: Any) -> None:
    # version 8 was promoted over 7, then the object of its promotion was deleted
    decision = decided(DONE, wanted, champion=version("8"), **served(routing("8")))

    assert not isinstance(decision.effect, ApplyRouting | SetAlias)
    assert decision.status.stalled is None


@pytest.mark.parametrize(
    "phase", [Phase.FAILED, Phase.ERRORED, Phase.ROLLED_BACK, Phase.ABORTED, Phase.SUPERSEDED]
)
def test_other_endings_watch_nothing(phase: Phase) -> None:
    decision = decided(status(phase), REVERT, **BY_HAND)

    assert decision.effect is None or isinstance(decision.effect, RecordOutcome)
    assert decision.status.phase is phase


def test_what_could_not_be_put_right_is_said() -> None:
    decision = decided(DONE, REVERT, refused=MLFLOW_DOWN, **BY_HAND)

    assert decision.effect is None
    assert (decision.status.phase, decision.status.stalled) == (
        Phase.SUCCEEDED,
        "SystemUnavailable",
    )


def test_a_repair_that_failed_is_tried_again() -> None:
    refused = decided(DONE, REVERT, refused=MLFLOW_DOWN, **BY_HAND).status

    assert isinstance(decided(refused, REVERT, at=after(9), **BY_HAND).effect, SetAlias)


def test_an_owner_without_a_candidate_does_nothing() -> None:
    assert decided(replace(DONE, candidate=None), REVERT, **BY_HAND).effect is None
