from dataclasses import replace

import pytest

from tests.support.desks import CANDIDATE, CHAMPION, OTHER, StubProcess, desk_with, production
from windlass.domain.errors import Conflict
from windlass.domain.routing import NOTHING, Routing
from windlass.serving.candidate import Candidate
from windlass.serving.desk import Desk

SPLIT = Routing(generation=5, champion=CHAMPION, candidate=CANDIDATE, weight=10)


def trial(desk: Desk) -> Candidate:
    assert desk.candidate is not None
    return desk.candidate


@pytest.mark.parametrize(
    "other", [replace(SPLIT, generation=4), replace(SPLIT, weight=20), replace(SPLIT, shadow=True)]
)
def test_only_a_higher_generation_replaces_a_document(other: Routing) -> None:
    desk = desk_with(SPLIT)

    with pytest.raises(Conflict):
        desk.obey(other)

    assert desk.routing == SPLIT


def test_the_same_document_is_nothing_new() -> None:
    assert not desk_with(SPLIT).obey(SPLIT)


def test_a_new_weight_counts_at_once_and_lifts_a_suspension() -> None:
    desk = desk_with(SPLIT)
    trial(desk).suspended = True

    assert desk.obey(replace(SPLIT, generation=6, weight=50))

    assert (trial(desk).weight, trial(desk).suspended) == (50, False)


@pytest.mark.parametrize("candidate", [None, OTHER])
def test_a_document_without_the_candidate_stops_its_traffic_at_once(
    candidate: object,
) -> None:
    desk = desk_with(SPLIT)

    desk.obey(Routing(generation=6, champion=CHAMPION, candidate=OTHER if candidate else None))

    assert (trial(desk).weight, trial(desk).shadow) == (0, False)


def test_a_candidate_that_is_promoted_keeps_its_share_until_the_swap() -> None:
    desk = desk_with(SPLIT)

    desk.obey(Routing(generation=6, champion=CANDIDATE))

    assert trial(desk).weight == 10


@pytest.mark.parametrize(
    ("routing", "loaded", "asking", "ready"),
    [
        (NOTHING, False, True, False),
        (NOTHING, False, False, True),
        (Routing(generation=1), False, True, True),
        (Routing(generation=1, champion=CHAMPION), False, False, False),
        (Routing(generation=1, champion=CHAMPION), True, False, True),
        (Routing(generation=1, champion=OTHER), True, False, True),
    ],
    ids=["asking", "no model", "no champion", "not loaded", "loaded", "previous one loaded"],
)
def test_a_server_is_ready_unless_a_champion_is_wanted_and_none_is_loaded(
    routing: Routing, loaded: bool, asking: bool, ready: bool
) -> None:
    desk = Desk(CHAMPION_MODEL, "pod")
    desk.replace(routing)
    desk.asking = asking
    desk.production = production(desk) if loaded else None

    assert desk.ready is ready


def test_a_report_acknowledges_once_the_candidate_has_a_process() -> None:
    desk = desk_with(SPLIT)
    assert not desk.report().acknowledges(SPLIT)

    trial(desk).attach(StubProcess(), lambda: None)

    assert desk.report().acknowledges(SPLIT)


def test_counts_of_bundles_that_left_are_forgotten() -> None:
    desk = desk_with(SPLIT)
    desk.obey(Routing(generation=6, champion=CHAMPION))
    desk.candidate = None

    desk.forget_unused()

    assert set(desk.report().versions) == {CHAMPION.digest}


CHAMPION_MODEL = desk_with(NOTHING).model
