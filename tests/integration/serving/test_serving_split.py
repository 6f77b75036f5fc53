"""Which version answers, seen by a client."""

from collections import Counter

import pytest

from tests.support import fake_model
from tests.support.serving_process import ServingProcess, eventually
from windlass.domain.bundle import Bundle
from windlass.domain.names import Digest
from windlass.domain.sketch import Sketch
from windlass.serving.split import salt_of, takes_entity

CHAMPION = fake_model.bundle(2.0)
CANDIDATE = fake_model.bundle(3.0)
REFUSING = fake_model.bundle(5.0, lowest=0)
BROKEN_AT_SEVEN = fake_model.bundle(4.0, on_x={"7": "raise"})


@pytest.fixture(scope="module")
def server(shared: ServingProcess) -> ServingProcess:
    shared.publish(CHAMPION, CANDIDATE, REFUSING, BROKEN_AT_SEVEN)
    return shared


def versions(server: ServingProcess, requests: int) -> Counter[str]:
    return Counter(server.predict(x).headers["x-model-version"] for x in range(requests))


@pytest.mark.parametrize(("weight", "share"), [(0, 0), (1, 1), (10, 10), (37, 37), (100, 100)])
def test_the_candidate_gets_exactly_its_share(
    server: ServingProcess, weight: int, share: int
) -> None:
    server.route(CHAMPION, candidate=CANDIDATE, weight=weight)

    assert versions(server, 100)["2"] == share


def test_an_entity_stays_with_one_version_and_moves_in_one_direction_only(
    server: ServingProcess,
) -> None:
    def entities_of_candidate(weight: int) -> set[str]:
        server.route(CHAMPION, candidate=CANDIDATE, weight=weight)
        answers = {key: server.predict(1, key=key) for key in map(str, range(200))}
        return {key for key, answer in answers.items() if answer.headers["x-model-version"] == "2"}

    tenth, half = entities_of_candidate(10), entities_of_candidate(50)

    assert tenth < half
    assert entities_of_candidate(50) == half
    salt = salt_of(Digest(CANDIDATE.digest))
    assert half == {key for key in map(str, range(200)) if takes_entity(salt, key.encode(), 50)}


def test_each_version_answers_with_its_own_model_and_name(server: ServingProcess) -> None:
    server.route(CHAMPION, candidate=CANDIDATE, weight=50)

    answers = {server.predict(7).text for _ in range(2)}

    assert answers == {'{"product":14.0}', '{"product":21.0}'}


def test_a_shadow_scores_everything_and_answers_nothing(server: ServingProcess) -> None:
    server.route(CHAMPION)
    server.route(CHAMPION, candidate=CANDIDATE, shadow=True)

    answers = {server.predict(x).headers["x-model-version"] for x in (1, 2)}

    assert answers == {"1"}
    eventually(lambda: server.report().versions[CANDIDATE.digest].requests == 2)
    seen = server.report().versions
    assert seen[CANDIDATE.digest].shadow_scores == Sketch.of([3.0, 6.0])
    assert seen[CHAMPION.digest].shadow_scores == Sketch.of([2.0, 4.0])


def test_bad_input_counts_for_nobody(server: ServingProcess) -> None:
    server.route(None)
    server.route(CHAMPION, candidate=CANDIDATE, weight=50)

    answers = [server.predict("no number").status_code for _ in range(4)]

    assert answers == [422] * 4
    seen = server.report().versions
    assert [(v.requests, v.errors) for v in seen.values()] == [(0, 0), (0, 0)]


@pytest.mark.parametrize(
    ("candidate", "x"), [(BROKEN_AT_SEVEN, 7), (REFUSING, -1)], ids=["raises", "refuses"]
)
def test_what_only_the_candidate_can_not_answer_the_champion_answers(
    server: ServingProcess, candidate: Bundle, x: int
) -> None:
    server.route(None)
    server.route(CHAMPION, candidate=candidate, weight=100)

    answer = server.predict(x)

    assert (answer.json(), answer.headers["x-model-version"]) == ({"product": 2.0 * x}, "1")
    seen = server.report().versions
    assert (seen[candidate.digest].requests, seen[candidate.digest].errors) == (1, 1)
    assert (seen[CHAMPION.digest].requests, seen[CHAMPION.digest].errors) == (1, 0)


def test_after_five_failures_in_a_row_the_candidate_gets_nothing_until_it_is_routed_anew(
    server: ServingProcess,
) -> None:
    server.route(None)
    server.route(CHAMPION, candidate=BROKEN_AT_SEVEN, weight=100)

    answers = [server.predict(7) for _ in range(8)]

    assert {answer.json()["product"] for answer in answers} == {14.0}
    report = server.report()
    assert report.suspended
    assert report.versions[BROKEN_AT_SEVEN.digest].errors == 5
    assert not server.route(CHAMPION, candidate=BROKEN_AT_SEVEN, weight=50).suspended
