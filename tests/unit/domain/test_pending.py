"""Pending: the candidate, the queue, the hold, the champion to beat."""

from dataclasses import replace
from datetime import timedelta
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
    condition_of,
    decided,
    digest,
    reference,
    rival,
    routing,
    served,
    spec,
    status,
    subject,
    truth_of,
    version,
)
from windlass.domain.names import Version
from windlass.domain.promotion.conditions import ConditionType, Truth
from windlass.domain.promotion.effects import ApplyRouting, HoldVersion
from windlass.domain.promotion.spec import Candidate, DriftPolicy, Policy
from windlass.domain.promotion.status import Mark, Phase

PENDING = status(Phase.PENDING)
OLDER = STARTED - timedelta(hours=1)


def test_it_records_both_versions_and_goes_on() -> None:
    found = decided(PENDING).status

    assert (found.candidate, found.champion) == (reference("7"), reference("6"))
    assert found.phase is Phase.PROGRESSING
    assert found.analysed != ""


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        (
            Candidate(version=Version("9")),
            "model pump-failure has no version 9:"
            " train one (`windlass train`, on a cluster its flow)",
        ),
        (
            Candidate(alias=SPEC.candidate.alias),
            "model pump-failure has no alias challenger:"
            " train one (`windlass train`, on a cluster its flow)",
        ),
    ],
)
def test_a_candidate_that_does_not_exist_fails_it(wanted: Candidate, message: str) -> None:
    decision = decided(PENDING, spec(candidate=wanted), candidate=None)

    assert decision.status.phase is Phase.FAILED
    assert (decision.status.reason, decision.status.message) == ("CandidateNotFound", message)
    assert decision.status.finished_at == NOW


@pytest.mark.parametrize(
    "seen",
    [
        {"candidate": MLFLOW_DOWN},
        {"champion": MLFLOW_DOWN},
        {"held": MLFLOW_DOWN},
        {"routing": SERVING_DOWN},
        {"rivals": MLFLOW_DOWN},
    ],
)
def test_a_silent_system_changes_nothing(seen: dict[str, Any]) -> None:
    found = decided(PENDING, **seen).status

    assert (found.phase, found.reason) == (Phase.PENDING, "SystemUnavailable")
    assert found.faulted_at == NOW
    assert truth_of(found, ConditionType.STALLED) is Truth.TRUE


def test_a_silent_system_past_the_deadline_ends_it() -> None:
    known = replace(PENDING, faulted_at=before(15 * 60 + 1))

    found = decided(known, candidate=MLFLOW_DOWN).status
    assert (found.phase, found.reason) == (Phase.ERRORED, "SystemUnavailable")


def test_an_old_outage_does_not_count_towards_a_new_one() -> None:
    held_since = decided(replace(PENDING, faulted_at=before(600)), held="rolled back").status

    later = decided(held_since, at=after(3600), candidate=MLFLOW_DOWN).status
    assert (later.phase, later.faulted_at) == (Phase.PENDING, after(3600))


@pytest.mark.parametrize(
    ("phase", "created_at", "waits"),
    [
        (Phase.PENDING, OLDER, True),
        (Phase.PENDING, STARTED + timedelta(hours=1), False),
        (Phase.VALIDATING, STARTED + timedelta(hours=1), True),
        (Phase.AWAITING_APPROVAL, OLDER, True),
        (Phase.SOAKING, STARTED + timedelta(hours=1), True),
        (Phase.ROLLING_BACK, OLDER, True),
        (Phase.SUCCEEDED, OLDER, False),
        (Phase.FAILED, OLDER, False),
        (Phase.SUPERSEDED, OLDER, False),
    ],
)
def test_it_waits_for_whoever_is_at_work_or_was_there_first(
    phase: Phase, created_at: Any, waits: bool
) -> None:
    found = decided(PENDING, rivals=(rival("other", phase, created_at=created_at),)).status

    assert (found.reason == "Queued") is waits
    assert (found.phase is Phase.PENDING) is waits


def test_it_says_for_whom_it_waits() -> None:
    found = decided(PENDING, rivals=(rival("v6", Phase.PROGRESSING),)).status

    assert found.message == "waits for ml/v6 (Progressing) of the same model"
    assert found.candidate == reference("7")


def test_of_two_made_at_once_the_name_decides() -> None:
    first = rival("a", Phase.PENDING, created_at=STARTED)
    second = rival("z", Phase.PENDING, created_at=STARTED)

    assert decided(PENDING, rivals=(first,)).status.reason == "Queued"
    assert decided(PENDING, rivals=(second,)).status.phase is Phase.PROGRESSING


@pytest.mark.parametrize(("phase", "reason"), [(Phase.PENDING, ""), (Phase.PROGRESSING, "Queued")])
def test_superseding_passes_those_who_wait_and_waits_for_those_at_work(
    phase: Phase, reason: str
) -> None:
    others = (rival("other", phase, created_at=OLDER),)
    found = decided(PENDING, spec(policy=Policy.SUPERSEDE), rivals=others).status

    assert (found.reason == "Queued") is (reason == "Queued")


@pytest.mark.parametrize(
    ("phase", "superseded"),
    [
        (Phase.PENDING, True),
        (Phase.EVALUATING, True),
        (Phase.AWAITING_APPROVAL, True),
        (Phase.SOAKING, False),
    ],
)
def test_a_newer_one_that_supersedes_takes_its_place(phase: Phase, superseded: bool) -> None:
    newer = rival("v8", Phase.PENDING, policy=Policy.SUPERSEDE, version=Version("8"))
    found = decided(status(phase), rivals=(newer,)).status

    assert (found.phase is Phase.SUPERSEDED) is superseded


@pytest.mark.parametrize(
    "other",
    [
        rival("v8", Phase.PENDING, policy=Policy.QUEUE),
        rival("v5", Phase.PENDING, policy=Policy.SUPERSEDE, created_at=OLDER),
        rival("v8", Phase.ABORTED, policy=Policy.SUPERSEDE),
    ],
)
def test_nobody_else_takes_its_place(other: Any) -> None:
    found = decided(status(Phase.AWAITING_APPROVAL), rivals=(other,)).status

    assert found.phase is not Phase.SUPERSEDED


def test_a_held_version_waits_for_its_release() -> None:
    found = decided(PENDING, held="CanaryFailed: 3 errors").status

    assert (found.phase, found.reason, found.stalled) == (Phase.PENDING, "Held", "Held")
    assert found.message == (
        "version 7 is held (CanaryFailed: 3 errors); `windlass promotions release pump-failure-v7`"
    )


def test_it_does_not_slip_through_while_its_hold_is_being_written() -> None:
    decision = decided(replace(PENDING, mark=Mark.HOLD), held=None)

    assert (decision.status.phase, decision.status.reason) == (Phase.PENDING, "Held")
    assert decision.effect == HoldVersion(
        model=SPEC.model, version=Version("7"), reason="held by hand"
    )


@pytest.mark.parametrize(
    "seen",
    [
        served(routing("7")),
        {"routing": None, "served": False, "reports": ()},
    ],
)
def test_a_version_already_in_production_needs_nothing(seen: dict[str, Any]) -> None:
    decision = decided(PENDING, champion=version("7"), **seen)

    assert (decision.status.phase, decision.status.reason) == (Phase.SUCCEEDED, "AlreadyChampion")
    assert decision.status.finished_at == NOW
    assert decision.status.routed is False


@pytest.mark.parametrize(("champion", "beaten"), [("6", "6"), (None, None)])
def test_an_alias_moved_by_hand_saves_nobody_the_gates(
    champion: str | None, beaten: str | None
) -> None:
    decision = decided(PENDING, champion=version("7"), **served(routing(champion)))

    assert decision.status.phase is Phase.PROGRESSING
    assert isinstance(decision.effect, ApplyRouting)
    assert decision.effect.routing.weight == 0
    assert (decision.status.champion and decision.status.champion.version) == beaten


@pytest.mark.parametrize("policy", [DriftPolicy.REPORT, DriftPolicy.REVERT])
def test_an_alias_moved_by_hand_to_another_version_does_not_slip_that_one_in(
    policy: DriftPolicy,
) -> None:
    found = decided(PENDING, spec(drift_policy=policy), champion=version("5")).status

    assert (found.phase, found.stalled, found.champion) == (Phase.PENDING, "Drifted", None)
    assert found.message == (
        "alias champion was moved to 5 by hand, version 6 is still served;"
        " move it back, or set driftPolicy to Adopt"
    )


def test_an_alias_moved_by_hand_is_the_champion_where_it_is_adopted() -> None:
    wanted = spec(drift_policy=DriftPolicy.ADOPT)
    decision = decided(PENDING, wanted, champion=version("5"))

    assert decision.status.champion == reference("5")
    assert isinstance(decision.effect, ApplyRouting)


def test_without_alias_and_document_there_is_no_champion() -> None:
    assert decided(PENDING, champion=None, routing=None).status.champion is None


def test_without_alias_the_served_version_is_the_one_to_come_back_to() -> None:
    found = decided(PENDING, champion=None, routing=routing("5")).status.champion

    assert found is not None
    assert (found.version, found.bundle_digest) == ("5", digest("5"))


def test_a_turn_makes_the_outcome_of_the_last_analysis_unknown() -> None:
    found = decided(PENDING, candidate=version("7"), champion=version("6"), served=SERVING_DOWN)

    condition = condition_of(found.status, ConditionType.VALIDATED)
    assert condition is not None
    assert condition.last_transition_time == NOW


def test_a_deleted_one_ends_without_a_trace() -> None:
    decision = decided(PENDING, subject=subject(deleted=True))

    assert (decision.status.phase, decision.status.reason) == (Phase.ABORTED, "Deleted")
