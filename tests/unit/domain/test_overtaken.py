"""Endings from outside: deletion and a changed spec, in every phase."""

from dataclasses import replace
from typing import Any

import pytest

from tests.support.promotions import (
    SPEC,
    decided,
    reference,
    routing,
    served,
    spec,
    status,
    subject,
    version,
)
from windlass.domain.promotion.effects import ApplyRouting
from windlass.domain.promotion.evidence import UNSEEN
from windlass.domain.promotion.spec import Gate
from windlass.domain.promotion.status import TERMINAL, Phase
from windlass.domain.promotion.view import fingerprint

CHANGED = spec(gates=(Gate(metric="f1", threshold=0.5),))
UNTOUCHED = (Phase.PENDING, Phase.VALIDATING, Phase.EVALUATING, Phase.AWAITING_APPROVAL)
PRODUCTION: dict[str, Any] = {"champion": version("7"), **served(routing("7"))}


@pytest.mark.parametrize("phase", UNTOUCHED)
def test_deleting_one_that_touched_nothing_ends_it_at_once(phase: Phase) -> None:
    found = decided(status(phase), subject=subject(deleted=True)).status

    assert (found.phase, found.reason) == (Phase.ABORTED, "Deleted")


@pytest.mark.parametrize("phase", [Phase.PROGRESSING, Phase.PROMOTING, Phase.SOAKING])
def test_deleting_one_that_is_served_takes_it_back(phase: Phase) -> None:
    known = status(phase, routed=True)
    decision = decided(known, subject=subject(deleted=True), **PRODUCTION)

    assert decision.effect == ApplyRouting(model=SPEC.model, routing=routing("6", generation=6))
    assert decision.status.phase is Phase.ROLLING_BACK


@pytest.mark.parametrize("phase", sorted(TERMINAL))
def test_deleting_a_closed_one_changes_nothing(phase: Phase) -> None:
    decision = decided(status(phase), subject=subject(deleted=True), **PRODUCTION)

    assert decision.status.phase is phase
    assert not isinstance(decision.effect, ApplyRouting)


@pytest.mark.parametrize("phase", UNTOUCHED[1:])
def test_a_changed_spec_starts_again(phase: Phase) -> None:
    known = status(phase, analysed=fingerprint(SPEC))
    found = decided(known, CHANGED, subject=subject(generation=3), candidate=UNSEEN).status

    assert (found.phase, found.analysed) == (Phase.PENDING, "")
    assert found.candidate == reference("7")
    assert found.journal[0].message.endswith(
        "the spec changed (generation 3): the analysis starts again"
    )


@pytest.mark.parametrize("phase", [Phase.PROGRESSING, Phase.PROMOTING])
def test_a_changed_spec_takes_traffic_back_first(phase: Phase) -> None:
    known = status(phase, routed=True, analysed=fingerprint(SPEC))
    decision = decided(known, CHANGED, **served(routing("7")))

    assert isinstance(decision.effect, ApplyRouting)
    assert decision.status.ending is not None
    assert decision.status.ending.phase is Phase.PENDING


@pytest.mark.parametrize("phase", [Phase.SOAKING, *sorted(TERMINAL)])
def test_a_changed_spec_changes_nothing_once_it_is_in_production_or_closed(phase: Phase) -> None:
    known = status(phase, analysed=fingerprint(SPEC))

    assert decided(known, CHANGED, **PRODUCTION).status.phase is phase


@pytest.mark.parametrize("phase", sorted(TERMINAL - {Phase.SUCCEEDED}))
def test_an_ended_one_stays_as_it_is(phase: Phase) -> None:
    known = replace(status(phase, reason="Was", message="so it was"), journal_length=0)
    found = decided(known)

    assert found.effect is None
    assert (found.status.phase, found.status.reason, found.again_at) == (phase, "Was", None)


def test_the_generation_it_looked_at_is_noted() -> None:
    found = decided(status(Phase.AWAITING_APPROVAL), subject=subject(generation=9)).status

    assert found.observed_generation == 9
