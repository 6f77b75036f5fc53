"""Changes of models while requests keep coming: not one may fail."""

import asyncio
import os
import signal
from collections import Counter
from collections.abc import Callable

import httpx
import pytest

from tests.support import fake_model
from tests.support.serving_process import ServingProcess, eventually

CHAMPION = fake_model.bundle(2.0)
CANDIDATE = fake_model.bundle(3.0)
SLOW = fake_model.bundle(6.0, seconds=0.03)
HANGING = fake_model.bundle(7.0, on_x={"any": "hang"})
CLIENTS = 8


class Traffic:
    """Clients that ask without a pause, and what they were told."""

    def __init__(self, port: int) -> None:
        self._address = f"http://127.0.0.1:{port}/predict"
        self._over = asyncio.Event()
        self.answers: Counter[tuple[int, str]] = Counter()

    async def during(self, act: Callable[[], None]) -> None:
        """Keep asking while `act` runs in a thread, and until all have seen what it did."""
        clients = [asyncio.create_task(self._ask()) for _ in range(CLIENTS)]
        try:
            await asyncio.to_thread(act)
            await self._answered(20)
        finally:
            self._over.set()
            await asyncio.gather(*clients)

    async def _answered(self, more: int) -> None:
        wanted = self.answers.total() + more
        while self.answers.total() < wanted:
            await asyncio.sleep(0.01)

    async def _ask(self) -> None:
        async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
            while not self._over.is_set():
                answer = await client.post(self._address, json={"x": 1})
                self.answers[answer.status_code, answer.headers["x-model-version"]] += 1

    @property
    def statuses(self) -> set[int]:
        """Statuses seen."""
        return {status for status, _ in self.answers}


@pytest.fixture
def server(serving: ServingProcess) -> ServingProcess:
    serving.publish(CHAMPION, CANDIDATE, SLOW, HANGING)
    serving.start(limits={"deadline_ms": 2000})
    serving.route(CHAMPION)
    return serving


async def test_no_request_fails_through_shadow_canary_promotion_and_rollback(
    server: ServingProcess,
) -> None:
    traffic = Traffic(server.port)

    def roll() -> None:
        server.route(CHAMPION, candidate=CANDIDATE, shadow=True)
        server.route(CHAMPION, candidate=CANDIDATE, weight=10)
        server.route(CHAMPION, candidate=CANDIDATE, weight=50)
        eventually(lambda: traffic.answers[200, "2"] > 20)
        promoted = server.put(server.document(CANDIDATE))
        assert promoted.json()["championLoaded"] == CANDIDATE.digest
        eventually(lambda: len(server.children()) == 0)
        assert server.route(CHAMPION).champion_loaded == CHAMPION.digest

    await traffic.during(roll)

    assert traffic.statuses == {200}
    assert {version for _, version in traffic.answers} == {"1", "2"}


async def test_no_request_fails_when_the_candidates_process_is_killed(
    server: ServingProcess,
) -> None:
    def kill() -> None:
        server.route(CHAMPION, candidate=SLOW, weight=50)
        eventually(lambda: server.report().versions[SLOW.digest].requests > 10)
        [child] = server.children()
        os.kill(child, signal.SIGKILL)
        eventually(lambda: server.report().versions[SLOW.digest].errors > 0)
        eventually(lambda: server.report().candidate_loaded == SLOW.digest)
        assert child not in server.children()

    traffic = Traffic(server.port)
    await traffic.during(kill)

    assert traffic.statuses == {200}
    report = server.report()
    assert not report.suspended
    assert report.versions[SLOW.digest].errors <= CLIENTS
    assert "was ended by SIGKILL" in server.log.read_text()


async def test_no_request_fails_when_the_candidate_hangs(serving: ServingProcess) -> None:
    serving.publish(CHAMPION, HANGING)
    serving.start(limits={"deadline_ms": 100})
    serving.route(CHAMPION)

    def hang() -> None:
        serving.route(CHAMPION, candidate=HANGING, weight=50)
        [child] = serving.children()
        eventually(lambda: serving.report().suspended)
        eventually(lambda: child not in serving.children())

    traffic = Traffic(serving.port)
    await traffic.during(hang)

    assert traffic.statuses == {200}
    assert {version for _, version in traffic.answers} == {"1"}
    seen = serving.report().versions[HANGING.digest]
    assert seen.requests == seen.errors >= 5


async def test_a_full_queue_is_an_error_of_the_candidate_and_of_no_request(
    serving: ServingProcess,
) -> None:
    serving.publish(CHAMPION, SLOW)
    serving.start(limits={"deadline_ms": 10_000, "queue_size": 1, "failures_in_a_row": 10**6})
    serving.route(CHAMPION)

    def fill() -> None:
        serving.route(CHAMPION, candidate=SLOW, weight=100)
        eventually(lambda: serving.report().versions[SLOW.digest].errors > 5)

    traffic = Traffic(serving.port)
    await traffic.during(fill)

    assert traffic.statuses == {200}
    assert traffic.answers[200, "2"] > 0
