import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import pytest

from tests.support.desks import CANDIDATE, CHAMPION, FAILURES_IN_A_ROW, StubProcess, desk_with
from windlass.domain.routing import NOTHING, Routed, Routing
from windlass.domain.sketch import Sketch
from windlass.serving.answering import LARGEST, Answering, NoModel
from windlass.serving.desk import Desk
from windlass.serving.guard import Failure
from windlass.serving.scoring import LARGE_BYTES, Call, Kind, Outcome, Refused, Scored

GOOD = Call(Kind.PREDICT, b'{"x": 1}')
BAD = Call(Kind.PREDICT, b'{"x": "one"}')
BREAKING = Call(Kind.PREDICT, b'{"x": 7}')
CANARY = Routing(generation=1, champion=CHAMPION, candidate=CANDIDATE, weight=100)
SHADOW = replace(CANARY, weight=0, shadow=True)
ANSWER = Scored(b'{"product":3.0}', 3.0, 0.5)


@pytest.fixture(scope="module")
def lane() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as executor:
        yield executor


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Requests and errors."""

    champion: tuple[int, int]
    candidate: tuple[int, int]


def counts(desk: Desk) -> Counts:
    def of(routed: Routed) -> tuple[int, int]:
        traffic = desk.tally(routed).traffic()
        return traffic.requests, traffic.errors

    return Counts(champion=of(CHAMPION), candidate=of(CANDIDATE))


def desk_and_process(routing: Routing, outcome: Outcome | None) -> tuple[Desk, StubProcess]:
    desk, process = desk_with(routing), StubProcess(outcome)
    assert desk.candidate is not None
    desk.candidate.attach(process, lambda: None)
    return desk, process


@pytest.mark.parametrize(
    ("outcome", "call", "version", "counted"),
    [
        (ANSWER, GOOD, "2", Counts(champion=(0, 0), candidate=(1, 0))),
        (Failure("broken"), GOOD, "1", Counts(champion=(1, 0), candidate=(1, 1))),
        (Refused("x", "is odd"), GOOD, "1", Counts(champion=(1, 0), candidate=(1, 1))),
        (Refused("x", "no number"), BAD, "1", Counts(champion=(0, 0), candidate=(0, 0))),
        (Failure("broken"), BAD, "1", Counts(champion=(0, 0), candidate=(0, 0))),
        (Failure("broken"), BREAKING, "1", Counts(champion=(1, 1), candidate=(1, 1))),
    ],
    ids=["answers", "fails", "refuses", "bad input", "fails on bad input", "both fail"],
)
async def test_who_answers_for_the_candidate_and_what_is_counted(
    lane: ThreadPoolExecutor, outcome: Outcome, call: Call, version: str, counted: Counts
) -> None:
    desk, _ = desk_and_process(CANARY, outcome)

    answered = await Answering(desk, lane).answer(call, None)

    assert answered.version == version
    assert counts(desk) == counted


@pytest.mark.parametrize("routing", [CANARY, SHADOW])
async def test_what_is_too_large_for_a_candidate_the_champion_answers_alone(
    lane: ThreadPoolExecutor, routing: Routing
) -> None:
    desk, process = desk_and_process(routing, ANSWER)
    large = Call(Kind.JSON_TABLE, b'{"instances": []}' + b" " * LARGEST)

    answered = await Answering(desk, lane).answer(large, None)
    await asyncio.sleep(0)

    assert (answered.version, process.calls) == ("1", [])


async def test_a_shadow_never_delays_the_answer(lane: ThreadPoolExecutor) -> None:
    desk, process = desk_and_process(SHADOW, None)

    answered = await Answering(desk, lane).answer(GOOD, None)

    assert answered.version == "1"
    assert process.calls == []
    await asyncio.sleep(0)
    assert process.calls == [GOOD]


@pytest.mark.parametrize(
    ("outcome", "candidate", "scores"),
    [(ANSWER, (1, 0), Sketch.of([3.0])), (Failure("broken"), (1, 1), Sketch())],
)
async def test_a_shadow_is_counted_and_compared_where_both_scored(
    lane: ThreadPoolExecutor, outcome: Outcome, candidate: tuple[int, int], scores: Sketch
) -> None:
    desk, _ = desk_and_process(SHADOW, outcome)

    await Answering(desk, lane).answer(GOOD, None)
    await asyncio.sleep(0)

    assert counts(desk) == Counts(champion=(1, 0), candidate=candidate)
    assert desk.tally(CANDIDATE).traffic().shadow_scores == scores
    assert desk.tally(CHAMPION).traffic().shadow_scores.total == scores.total


async def test_bad_input_is_not_shadowed(lane: ThreadPoolExecutor) -> None:
    desk, process = desk_and_process(SHADOW, ANSWER)

    await Answering(desk, lane).answer(BAD, None)
    await asyncio.sleep(0)

    assert process.calls == []


async def test_the_candidate_is_suspended_after_failures_in_a_row(
    lane: ThreadPoolExecutor,
) -> None:
    desk, process = desk_and_process(CANARY, Failure("broken"))
    answering = Answering(desk, lane)

    for _ in range(FAILURES_IN_A_ROW + 3):
        await answering.answer(GOOD, None)

    assert desk.report().suspended
    assert len(process.calls) == FAILURES_IN_A_ROW


async def test_a_success_in_between_keeps_it_going(lane: ThreadPoolExecutor) -> None:
    desk, process = desk_and_process(CANARY, Failure("broken"))
    answering = Answering(desk, lane)

    for number in range(12):
        process.outcome = ANSWER if number % 4 == 3 else Failure("broken")
        await answering.answer(GOOD, None)

    assert not desk.report().suspended


async def test_all_requests_that_die_with_a_process_are_one_failure_in_a_row(
    lane: ThreadPoolExecutor,
) -> None:
    desk, process = desk_and_process(CANARY, None)
    answering = Answering(desk, lane)
    waiting = [asyncio.create_task(answering.answer(GOOD, None)) for _ in range(8)]
    await asyncio.sleep(0)

    process.die()
    answers = await asyncio.gather(*waiting)

    assert {answer.version for answer in answers} == {"1"}
    assert counts(desk).candidate == (8, 8)
    assert not desk.report().suspended


async def test_a_process_that_dies_idle_is_one_error() -> None:
    desk, process = desk_and_process(CANARY, None)

    process.die()

    assert counts(desk).candidate == (1, 1)


async def test_a_process_that_dies_again_and_again_is_a_problem() -> None:
    desk, process = desk_and_process(CANARY, None)
    assert desk.candidate is not None
    for _ in range(3):
        process.die()
        assert desk.candidate.problem is None
        desk.candidate.attach(process, lambda: None)

    process.die()

    assert desk.candidate.problem == "its process was lost 4 times"


async def test_a_large_table_is_scored_in_the_lane(lane: ThreadPoolExecutor) -> None:
    desk = desk_with(Routing(generation=1, champion=CHAMPION))
    rows = b",".join([b"[1,0]"] * LARGE_BYTES)

    answered = await Answering(desk, lane).answer(
        Call(Kind.JSON_TABLE, b'{"instances": [%b]}' % rows), None
    )

    assert isinstance(answered.outcome, Scored)


@pytest.mark.parametrize(
    ("routing", "problem", "reason"),
    [
        (NOTHING, None, "no model promoted yet: run `windlass train fake-model`"),
        (replace(CANARY, candidate=None), None, "champion version 1 is not loaded: it loads now"),
        (replace(CANARY, candidate=None), "it is broken", "not loaded: it is broken"),
    ],
)
async def test_without_a_model_the_answer_says_why(
    lane: ThreadPoolExecutor, routing: Routing, problem: str | None, reason: str
) -> None:
    desk = desk_with(routing)
    desk.production, desk.champion_problem, desk.asking = None, problem, False

    answered = await Answering(desk, lane).answer(GOOD, None)

    assert isinstance(answered.outcome, NoModel)
    assert reason in answered.outcome.reason


async def test_without_a_champion_the_candidate_speaks_for_itself(
    lane: ThreadPoolExecutor,
) -> None:
    desk, process = desk_and_process(replace(CANARY, champion=None), Refused("x", "no number"))
    answering = Answering(desk, lane)

    assert (await answering.answer(BAD, None)).outcome == Refused("x", "no number")

    process.outcome = Failure("broken")
    answered = await answering.answer(GOOD, None)
    assert answered.outcome == NoModel("the candidate failed: broken")
    assert counts(desk).candidate == (1, 1)
