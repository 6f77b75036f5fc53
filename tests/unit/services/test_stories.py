"""Each story ends as it should, and in the same state when the reconciler dies at any write."""

import pytest

from tests.support.stage import Stage
from tests.support.stories import STORIES, end_state
from windlass.adapters.memory.faults import Faults, Kind, PlannedFault
from windlass.domain.promotion.status import Phase

KEYS = ("milk-price/1", "milk-price/1")


def test_the_first_model_goes_into_production() -> None:
    stage = Stage()
    STORIES["first_model"].play(stage)
    state = end_state(stage)
    assert state.phases == {"first": Phase.SUCCEEDED}
    assert (state.alias, state.served, state.told) == ("1", ("1", None, 0), KEYS)
    assert state.routings == ((None, "1", 0, False), ("1", None, 0, False))


def test_a_better_model_goes_through_shadow_and_canary() -> None:
    stage = Stage()
    STORIES["better"].play(stage)
    state = end_state(stage)
    assert state.phases == {"first": Phase.SUCCEEDED, "second": Phase.SUCCEEDED}
    assert state.alias == "2"
    assert state.told == ("milk-price/2", "milk-price/2")
    assert state.routings[2:] == (
        ("1", "2", 0, False),
        ("1", "2", 0, True),
        ("1", "2", 10, False),
        ("1", "2", 50, False),
        ("2", None, 0, False),
    )


def test_a_worse_model_changes_nothing_that_is_served() -> None:
    stage = Stage()
    STORIES["worse"].play(stage)
    state = end_state(stage)
    assert state.phases["second"] is Phase.FAILED
    assert (state.alias, state.served, state.told) == ("1", ("1", None, 0), KEYS)
    assert len(state.routings) == 2


def test_a_bad_canary_is_taken_back_and_held() -> None:
    stage = Stage()
    STORIES["bad_canary"].play(stage)
    state = end_state(stage)
    assert state.phases["second"] is Phase.ROLLED_BACK
    assert (state.alias, state.served, state.told) == ("1", ("1", None, 0), KEYS)
    assert state.held == {"1": False, "2": True}


def test_a_rollback_by_hand_restores_routing_alias_and_consumers() -> None:
    stage = Stage()
    STORIES["manual_rollback"].play(stage)
    state = end_state(stage)
    assert state.phases == {"first": Phase.SUCCEEDED, "second": Phase.ROLLED_BACK}
    assert (state.alias, state.served, state.told) == ("1", ("1", None, 0), KEYS)
    assert state.held["2"]


@pytest.mark.parametrize("remembering", [False, True])
@pytest.mark.parametrize("name", STORIES)
def test_a_kill_after_any_write_ends_in_the_same_state_with_no_effect_done_twice(
    name: str, remembering: bool
) -> None:
    undisturbed = Stage(remembering=remembering)
    STORIES[name].play(undisturbed)
    wanted = end_state(undisturbed)
    writes = len(undisturbed.faults.writes)
    assert writes > 5
    for n in range(1, writes + 1):
        faults = Faults(PlannedFault(kind=Kind.KILL, at=n))
        stage = Stage(faults=faults, remembering=remembering)
        STORIES[name].play(stage)
        assert stage.kills == 1, n
        assert end_state(stage) == wanted, n


@pytest.mark.parametrize("kind", [Kind.FAIL, Kind.LATE])
@pytest.mark.parametrize("name", STORIES)
def test_any_call_that_fails_or_answers_late_ends_in_the_same_state(name: str, kind: Kind) -> None:
    undisturbed = Stage()
    STORIES[name].play(undisturbed)
    wanted = end_state(undisturbed)
    for n in range(1, len(undisturbed.faults.log) + 1):
        stage = Stage(faults=Faults(PlannedFault(kind=kind, at=n)))
        STORIES[name].play(stage)
        assert end_state(stage) == wanted, n
