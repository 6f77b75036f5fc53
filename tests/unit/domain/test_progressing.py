"""Progressing: the candidate is loaded and probed everywhere, then the first step begins."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.support.promotions import (
    MLFLOW_DOWN,
    NOW,
    SERVING_DOWN,
    SPEC,
    approval,
    before,
    decided,
    digest,
    gate_result,
    reference,
    report,
    rollout,
    routing,
    served,
    spec,
    status,
    truth_of,
    version,
)
from windlass.domain.promotion.conditions import ConditionType, Truth
from windlass.domain.promotion.effects import ApplyRouting
from windlass.domain.promotion.evidence import UNSEEN
from windlass.domain.promotion.gates import Verdict
from windlass.domain.promotion.spec import Approval
from windlass.domain.promotion.status import Phase, RolloutStatus, VersionRef

NEW = status(Phase.PROGRESSING)
PROBING = replace(NEW, routed=True, rollout=RolloutStatus())
PROBED = served(routing("6", "7"))


def test_first_the_candidate_is_loaded_everywhere_without_traffic() -> None:
    decision = decided(NEW)

    assert decision.effect == ApplyRouting(
        model=SPEC.model, routing=routing("6", "7", weight=0, generation=6)
    )
    assert (decision.status.phase, decision.status.routed) == (Phase.PROGRESSING, True)
    assert truth_of(decision.status, ConditionType.ROUTING_APPLIED) is Truth.FALSE


def test_the_first_document_of_a_model_has_the_first_number() -> None:
    decision = decided(NEW, routing=None, reports=(report(routing("6", generation=0)),))

    assert isinstance(decision.effect, ApplyRouting)
    assert decision.effect.routing.generation == 1


def test_a_lost_document_gets_a_number_above_all_that_servers_obey() -> None:
    ahead = (report(routing("6", generation=12)), report(routing("6", generation=11), "pod-2"))
    decision = decided(NEW, routing=None, reports=ahead)

    assert isinstance(decision.effect, ApplyRouting)
    assert decision.effect.routing.generation == 13


def test_a_restored_older_document_is_numbered_anew() -> None:
    stored = routing("6", "7", generation=3)
    ahead = report(routing("6", generation=12))
    decision = decided(PROBING, routing=stored, reports=(ahead,))

    assert isinstance(decision.effect, ApplyRouting)
    assert decision.effect.routing == replace(stored, generation=13)


def test_the_document_is_repeated_until_every_server_has_loaded_it() -> None:
    document = routing("6", "7")
    reports = (report(document), report(document, "pod-2", candidate_loaded=None))
    decision = decided(PROBING, routing=document, reports=reports)

    assert decision.effect == ApplyRouting(model=SPEC.model, routing=document)
    assert decision.status.message == "load and probe the candidate: waits for pod-2"


def test_once_it_is_probed_everywhere_the_first_step_begins() -> None:
    decision = decided(PROBING, **PROBED)

    assert decision.effect == ApplyRouting(
        model=SPEC.model, routing=routing("6", "7", shadow=True, generation=6)
    )
    assert decision.status.rollout == RolloutStatus(step=0, weight=0, shadow=True)
    assert decision.status.progressed_at == NOW


def test_a_candidate_that_fails_its_probe_fails_and_routing_returns_first() -> None:
    document = routing("6", "7")
    sick = report(document, candidate_loaded=None, candidate_problem="golden request: 0.7, not 0.2")
    decision = decided(PROBING, routing=document, reports=(sick,))

    assert decision.status.phase is Phase.ROLLING_BACK
    assert decision.status.ending is not None
    assert (decision.status.ending.phase, decision.status.ending.reason) == (
        Phase.FAILED,
        "ProbeFailed",
    )
    assert decision.status.ending.message == "pod-1: golden request: 0.7, not 0.2"
    assert decision.effect == ApplyRouting(model=SPEC.model, routing=routing("6", generation=6))


def test_a_problem_of_another_candidate_is_not_held_against_it() -> None:
    stale = report(routing("6", "5"), candidate_problem="it crashed")

    assert decided(NEW, reports=(stale,)).status.phase is Phase.PROGRESSING


def test_a_version_without_a_bundle_can_not_be_served() -> None:
    known = replace(NEW, candidate=replace(reference("7"), bundle_digest=None))

    assert decided(known).status.reason == "NoBundle"
    assert decided(known).status.phase is Phase.FAILED


def test_without_a_champion_the_probe_applies_and_the_steps_are_skipped() -> None:
    first = replace(PROBING, champion=None)
    nothing: dict[str, Any] = {
        "champion": None,
        "routing": None,
        "reports": (report(routing(None, generation=0)),),
    }

    probing = decided(replace(first, routed=False), **nothing)
    assert isinstance(probing.effect, ApplyRouting)
    assert probing.effect.routing == routing(None, "7", generation=1)

    probed = decided(first, champion=None, **served(routing(None, "7")))
    assert probed.status.phase is Phase.PROMOTING
    assert isinstance(probed.effect, ApplyRouting)
    assert probed.effect.routing == routing("7", generation=6)


def test_a_champion_that_can_not_be_served_is_no_champion_to_split_with() -> None:
    foreign = replace(PROBING, champion=VersionRef(version=reference("6").version))
    champion = version("6", bundle_digest=None)
    found = decided(foreign, champion=champion, **served(routing(None, "7"))).status

    assert found.phase is Phase.PROMOTING


def test_without_steps_the_probe_leads_straight_on() -> None:
    decision = decided(PROBING, rollout(steps=()), **PROBED)

    assert decision.status.phase is Phase.PROMOTING
    assert truth_of(decision.status, ConditionType.VERIFIED) is Truth.TRUE


UNSERVED: dict[str, Any] = {"served": False, "routing": None, "reports": ()}


def test_a_model_that_nobody_serves_stalls_when_steps_are_given() -> None:
    decision = decided(NEW, **UNSERVED)

    assert (decision.status.phase, decision.status.stalled) == (Phase.PROGRESSING, "NotServed")
    assert decision.effect is None
    assert "set rollout.steps to []" in decision.status.message


def test_a_model_that_nobody_serves_is_promoted_when_none_are() -> None:
    found = decided(NEW, rollout(steps=()), **UNSERVED).status

    assert found.phase is Phase.PROMOTING
    assert found.routed is False


def test_a_version_without_a_bundle_is_promoted_where_nobody_serves_it() -> None:
    known = replace(NEW, candidate=replace(reference("7"), bundle_digest=None))

    assert decided(known, rollout(steps=()), **UNSERVED).status.phase is Phase.PROMOTING


def test_no_running_server_is_waited_for() -> None:
    decision = decided(PROBING, routing=routing("6", "7"), reports=())

    assert (decision.status.reason, decision.effect) == ("NoServer", None)


@pytest.mark.parametrize(
    "seen",
    [{"served": SERVING_DOWN}, {"routing": SERVING_DOWN}, {**PROBED, "reports": SERVING_DOWN}],
)
def test_an_outage_changes_nothing(seen: dict[str, Any]) -> None:
    decision = decided(PROBING, **seen)

    assert (decision.status.phase, decision.effect) == (Phase.PROGRESSING, None)
    assert (decision.status.reason, decision.status.faulted_at) == ("SystemUnavailable", NOW)


def test_an_outage_past_the_deadline_ends_it_after_the_way_back() -> None:
    known = replace(PROBING, faulted_at=before(15 * 60 + 1))
    decision = decided(known, **{**PROBED, "reports": SERVING_DOWN})

    assert decision.status.phase is Phase.ROLLING_BACK
    assert decision.status.ending is not None
    assert decision.status.ending.phase is Phase.ERRORED
    assert decision.effect == ApplyRouting(model=SPEC.model, routing=routing("6", generation=6))


SLOW = replace(PROBING, progressed_at=before(15 * 60 + 1))
LOADING: dict[str, Any] = {
    "routing": routing("6", "7"),
    "reports": (report(routing("6", "7"), candidate_loaded=None),),
}


@pytest.mark.parametrize("faulted", [None, before(9)])
def test_servers_that_do_not_load_it_in_time_end_it(faulted: Any) -> None:
    decision = decided(replace(SLOW, faulted_at=faulted), **LOADING)

    assert decision.status.phase is Phase.ROLLING_BACK
    assert decision.status.ending is not None
    assert (decision.status.ending.phase, decision.status.ending.reason) == (
        Phase.ERRORED,
        "DeadlineExceeded",
    )


def test_an_outage_late_in_the_wait_has_a_deadline_of_its_own() -> None:
    found = decided(SLOW, **{**LOADING, "reports": SERVING_DOWN}).status

    assert (found.phase, found.faulted_at) == (Phase.PROGRESSING, NOW)


@pytest.mark.parametrize(
    "changes",
    [
        {"gates": (gate_result(Verdict.FAILED),)},
        {"gates": (gate_result(Verdict.PASSED), gate_result(Verdict.INCONCLUSIVE))},
    ],
)
def test_whatever_led_here_every_gate_must_have_passed(changes: dict[str, Any]) -> None:
    decision = decided(replace(NEW, **changes))

    assert (decision.status.phase, decision.status.reason) == (Phase.FAILED, "GateFailed")


def test_a_dry_run_that_failed_stops_nothing() -> None:
    known = replace(NEW, gates=(gate_result(Verdict.FAILED, dry_run=True),))

    assert isinstance(decided(known).effect, ApplyRouting)


@pytest.mark.parametrize("given", [None, approval("alice"), approval("bob", generation=1)])
def test_whatever_led_here_the_approval_must_count(given: Any) -> None:
    wanted = spec(approval=Approval(required=True))
    found = decided(replace(NEW, approval=given), wanted, candidate=UNSEEN).status

    assert (found.phase, found.reason) == (Phase.PENDING, "ApprovalVoid")


def test_with_an_approval_it_goes_on() -> None:
    wanted = spec(approval=Approval(required=True))

    assert isinstance(decided(replace(NEW, approval=approval()), wanted).effect, ApplyRouting)


def test_what_was_not_looked_at_is_looked_at_next() -> None:
    for seen in ({"served": UNSEEN}, {"routing": UNSEEN}, {"champion": UNSEEN}):
        decision = decided(NEW, **seen)  # type: ignore[arg-type] # evidence, by name

        assert (decision.again_at, decision.status.stalled) == (NOW, None)


def test_a_registry_outage_before_the_first_traffic_changes_nothing() -> None:
    decision = decided(NEW, champion=MLFLOW_DOWN)

    assert (decision.status.phase, decision.effect) == (Phase.PROGRESSING, None)


def test_a_hold_told_in_routing_is_dropped_once_the_version_is_a_candidate_again() -> None:
    decision = decided(NEW, **served(routing("6", held=(digest("5"), digest("7")))))

    assert isinstance(decision.effect, ApplyRouting)
    assert decision.effect.routing.held == (digest("5"),)


def test_time_is_measured_from_the_phase_not_from_the_object() -> None:
    known = replace(SLOW, progressed_at=NOW - timedelta(minutes=14))

    assert decided(known, **LOADING).status.phase is Phase.PROGRESSING
