"""Progressing: a champion that was rolled back meanwhile is not brought back by the next one."""

from dataclasses import replace
from typing import Any

import pytest

from tests.support.promotions import (
    MLFLOW_DOWN,
    SPEC,
    after,
    before,
    counted,
    decided,
    reference,
    report,
    rival,
    routing,
    served,
    status,
    step_status,
    version,
)
from windlass.domain.promotion.effects import ApplyRouting
from windlass.domain.promotion.status import Phase, RolloutStatus

NEW = status(Phase.PROGRESSING)
TEN = routing("6", "7", weight=10)
AT_STEP = replace(NEW, routed=True, rollout=step_status(1, started=before(30)))


@pytest.mark.parametrize(
    ("champion", "document"),
    [
        (version("5"), routing("5")),
        (version("5"), routing("6")),
        (None, routing(None)),
        (None, None),
    ],
)
def test_another_champion_than_the_one_compared_with_starts_the_analysis_again(
    champion: Any, document: Any
) -> None:
    found = decided(NEW, champion=champion, routing=document, candidate=MLFLOW_DOWN)

    assert found.effect is None
    assert found.status.phase is Phase.PENDING
    assert found.status.journal[0].outcome == "ChampionChanged"
    assert found.status.routed is False


def test_the_next_analysis_is_made_against_the_new_champion() -> None:
    found = decided(NEW, champion=version("5"), **served(routing("5"))).status

    assert found.champion == reference("5")


@pytest.mark.parametrize("document", [routing("6"), routing("6", generation=9)])
def test_an_alias_that_is_gone_while_its_version_is_served_changes_nothing(document: Any) -> None:
    decision = decided(NEW, champion=None, routing=document)

    assert isinstance(decision.effect, ApplyRouting)
    assert decision.status.phase is Phase.PROGRESSING


def test_it_keeps_its_hands_off_routing_while_the_champion_is_rolled_back() -> None:
    decision = decided(NEW, rivals=(rival("v6", Phase.ROLLING_BACK),))

    assert (decision.effect, decision.status.reason) == (None, "Queued")


def test_a_rollback_under_way_takes_the_canary_out_without_touching_it() -> None:
    # the rollback of version 6 has stored version 5 alone
    decision = decided(AT_STEP, rivals=(rival("v6", Phase.ROLLING_BACK),), **served(routing("5")))

    assert decision.effect is None
    assert decision.status.phase is Phase.PENDING


def test_a_rollback_that_went_by_unseen_takes_the_canary_out() -> None:
    decision = decided(AT_STEP, champion=MLFLOW_DOWN, **served(routing("5")))

    assert decision.effect is None
    assert decision.status.phase is Phase.PENDING


def test_the_way_back_never_names_the_champion_that_was_rolled_back() -> None:
    known = replace(AT_STEP, phase=Phase.ROLLING_BACK)
    decision = decided(known, **served(routing("5")))

    assert not isinstance(decision.effect, ApplyRouting)


def test_the_way_back_of_both_ends_at_the_older_champion() -> None:
    # version 6 is rolled back to 5 while 7 is a candidate beside it
    back = status(
        Phase.ROLLING_BACK, candidate=reference("6"), champion=reference("5"), routed=True
    )
    decision = decided(back, **served(TEN))

    assert decision.effect == ApplyRouting(model=SPEC.model, routing=routing("5", generation=6))


@pytest.mark.parametrize("champion", [MLFLOW_DOWN, version("5"), None])
def test_once_traffic_flows_the_registry_is_not_asked(champion: Any) -> None:
    reports = (report(TEN, versions=counted("7", requests=60)),)
    decision = decided(AT_STEP, champion=champion, routing=TEN, reports=reports)

    assert (decision.effect, decision.status.reason) == (None, "Progressing")


def test_a_document_that_was_lost_is_written_again() -> None:
    decision = decided(AT_STEP, routing=None, reports=(report(TEN),))

    assert decision.effect == ApplyRouting(model=SPEC.model, routing=replace(TEN, generation=6))


def test_a_probe_asks_the_registry_again() -> None:
    probing = replace(NEW, routed=True, rollout=RolloutStatus())
    found = decided(probing, at=after(1), champion=version("5"), **served(routing("6", "7"))).status

    assert found.phase is Phase.ROLLING_BACK
    assert found.ending is not None
    assert found.ending.message == "version 5 is in production now: the analysis starts again"
