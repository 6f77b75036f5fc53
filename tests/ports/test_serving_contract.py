"""What serving does: the twin, and the adapter with a real server process."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.processes import wait_for
from tests.support.serving_worlds import MODEL, ServingWorld, TwinServing, process_serving
from windlass.domain.errors import Conflict, SystemUnavailable
from windlass.domain.names import ModelName
from windlass.domain.routing import Routing
from windlass.domain.traffic import ServerReport

UNKNOWN = ModelName("nobody-serves-it")


@pytest.fixture(params=["memory", "process"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ServingWorld]:
    if request.param == "memory":
        yield TwinServing()
        return
    with process_serving(tmp_path) as real:
        yield real


def report(world: ServingWorld) -> ServerReport:
    (found,) = world.serving.reports(MODEL)
    return found


def acknowledged(world: ServingWorld, routing: Routing) -> ServerReport:
    """Apply as the reconciler does: again and again until the server has it."""

    def done() -> bool:
        world.serving.apply(MODEL, routing)
        return report(world).acknowledges(routing)

    wait_for(done, seconds=30)
    return report(world)


def test_a_model_that_no_server_serves(world: ServingWorld) -> None:
    assert not world.serving.served(UNKNOWN)
    assert world.serving.routing(UNKNOWN) is None
    assert world.serving.reports(UNKNOWN) == ()


def test_a_new_server_has_nothing_and_says_so(world: ServingWorld) -> None:
    assert world.serving.served(MODEL)
    assert world.serving.routing(MODEL) is None
    found = report(world)
    assert (found.routing.generation, found.champion_loaded, found.candidate_loaded) == (
        0,
        None,
        None,
    )


def test_a_document_is_stored_and_acknowledged(world: ServingWorld) -> None:
    routing = Routing(generation=1, champion=world.publish("2"), candidate=world.publish("3"))
    found = acknowledged(world, routing)
    assert world.serving.routing(MODEL) == routing
    assert found.routing == routing
    assert (found.champion_problem, found.candidate_problem, found.suspended) == (None, None, False)


def test_applying_the_stored_document_again_is_allowed(world: ServingWorld) -> None:
    routing = Routing(generation=1, champion=world.publish("2"))
    acknowledged(world, routing)
    world.serving.apply(MODEL, routing)
    assert world.serving.routing(MODEL) == routing


@pytest.mark.parametrize("generation", [6, 7])
def test_a_document_never_takes_the_place_of_a_newer_or_equal_one(
    world: ServingWorld, generation: int
) -> None:
    stored = Routing(generation=7, champion=world.publish("2"))
    acknowledged(world, stored)
    with pytest.raises(Conflict, match="routing generation 7 is stored"):
        world.serving.apply(MODEL, Routing(generation=generation, champion=world.publish("3")))
    assert world.serving.routing(MODEL) == stored
    assert report(world).routing == stored


def test_a_candidate_becomes_champion_and_keeps_its_counts(world: ServingWorld) -> None:
    old, new = world.publish("2"), world.publish("3")
    trial = Routing(generation=1, champion=old, candidate=new, weight=50)
    acknowledged(world, trial)
    world.request(10)
    found = acknowledged(world, Routing(generation=2, champion=new))
    assert (found.champion_loaded, found.candidate_loaded) == (new.digest, None)
    assert found.versions[new.digest].requests == 5
    assert old.digest not in found.versions


def test_no_champion_at_all_can_be_routed(world: ServingWorld) -> None:
    acknowledged(world, Routing(generation=1, champion=world.publish("2")))
    found = acknowledged(world, Routing(generation=2))
    assert found.champion_loaded is None


@pytest.mark.parametrize(("weight", "wanted"), [(0, 0), (10, 10), (50, 50), (99, 99)])
def test_requests_are_split_by_weight_exactly(
    world: ServingWorld, weight: int, wanted: int
) -> None:
    old, new = world.publish("2"), world.publish("3")
    routing = Routing(generation=1, champion=old, candidate=new, weight=weight)
    acknowledged(world, routing)
    world.request(100)
    versions = report(world).versions
    assert versions[old.digest].requests == 100 - wanted
    assert versions[new.digest].requests == wanted
    assert versions[new.digest].latency.total == wanted
    assert versions[new.digest].scores.total == wanted
    assert versions[new.digest].shadow_scores.total == 0


def test_in_shadow_both_versions_score_every_request(world: ServingWorld) -> None:
    old, new = world.publish("2"), world.publish("3")
    acknowledged(world, Routing(generation=1, champion=old, candidate=new, shadow=True))
    world.request(20)
    wait_for(lambda: report(world).versions[new.digest].shadow_scores.total == 20)
    versions = report(world).versions
    assert [versions[one.digest].requests for one in (old, new)] == [20, 20]
    assert [versions[one.digest].shadow_scores.total for one in (old, new)] == [20, 20]


def test_a_candidate_that_cannot_be_loaded_is_told_and_the_champion_answers(
    world: ServingWorld,
) -> None:
    old, bad = world.publish("2"), world.publish("3", broken=True)
    routing = Routing(generation=1, champion=old, candidate=bad, weight=50)
    world.serving.apply(MODEL, routing)
    wait_for(lambda: report(world).candidate_problem is not None, seconds=30)
    world.request(10)
    found = report(world)
    assert (found.champion_loaded, found.candidate_loaded) == (old.digest, None)
    assert not found.acknowledges(routing)
    assert found.versions[old.digest].requests == 10


def test_a_champion_that_cannot_be_loaded_is_told_and_the_old_one_answers(
    world: ServingWorld,
) -> None:
    old, bad = world.publish("2"), world.publish("3", broken=True)
    acknowledged(world, Routing(generation=1, champion=old))
    routing = Routing(generation=2, champion=bad)
    world.serving.apply(MODEL, routing)
    wait_for(lambda: report(world).champion_problem is not None, seconds=30)
    world.request(3)
    found = report(world)
    assert found.champion_loaded == old.digest
    assert not found.acknowledges(routing)


def test_a_server_that_is_down_makes_reports_unknown_but_takes_no_document_away(
    world: ServingWorld,
) -> None:
    old, new = world.publish("2"), world.publish("3")
    acknowledged(world, Routing(generation=1, champion=old))
    world.stop()
    assert world.serving.served(MODEL)
    with pytest.raises(SystemUnavailable, match="serving"):
        world.serving.reports(MODEL)
    later = Routing(generation=2, champion=new)
    world.serving.apply(MODEL, later)
    assert world.serving.routing(MODEL) == later
    world.start()
    wait_for(lambda: report(world).acknowledges(later), seconds=30)


def test_a_restarted_server_obeys_the_same_document_with_empty_counts(
    world: ServingWorld,
) -> None:
    old, new = world.publish("2"), world.publish("3")
    routing = Routing(generation=4, champion=old, candidate=new, weight=50)
    before = acknowledged(world, routing)
    world.request(10)
    world.stop()
    world.start()
    wait_for(lambda: report(world).acknowledges(routing), seconds=30)
    after = report(world)
    assert after.started > before.started
    assert after.server == before.server
    assert sum(version.requests for version in after.versions.values()) == 0


def test_what_is_held_is_told_along(world: ServingWorld) -> None:
    old, bad = world.publish("2"), world.publish("3")
    routing = Routing(generation=1, champion=old, held=(bad.digest,))
    assert acknowledged(world, routing).routing.held == (bad.digest,)
    assert not report(world).acknowledges(replace(routing, held=()))
