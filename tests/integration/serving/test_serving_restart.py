"""What a server knows when it starts, and what it needs to."""

import json
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support import fake_model
from tests.support.serving_process import ServingProcess, alive, eventually, routed

FIRST = fake_model.bundle(2.0)
SECOND = fake_model.bundle(3.0)


def test_a_server_without_any_model_is_ready_and_says_what_to_do(serving: ServingProcess) -> None:
    serving.start()

    answer = serving.predict()

    assert serving.public.get("/readyz").status_code == 200
    assert answer.status_code == 503
    assert "no model promoted yet: run `windlass train fake-model`" in answer.json()["message"]
    assert answer.headers["x-model-version"] == "none"


def test_the_registrys_champion_is_served_where_there_is_no_document(
    serving: ServingProcess,
) -> None:
    serving.publish(FIRST)
    Path(serving.store, "registry.json").write_text(json.dumps(routed(FIRST, "7")))
    serving.start()

    eventually(lambda: serving.predict(5).status_code == 200)

    assert serving.predict(5).headers["x-model-version"] == "7"
    assert serving.report().routing.generation == 0


def test_a_server_starts_while_the_store_is_down_and_serves_once_it_is_back(
    serving: ServingProcess,
) -> None:
    serving.publish(FIRST)
    Path(serving.store, "registry.json").write_text(json.dumps(routed(FIRST, "7")))
    down = Path(serving.store, "down")
    down.touch()
    serving.start()
    assert serving.predict(5).status_code == 503

    down.unlink()

    eventually(lambda: serving.predict(5).status_code == 200)


def test_an_outage_of_the_store_is_no_problem_of_the_candidate(serving: ServingProcess) -> None:
    serving.publish(FIRST, SECOND)
    serving.start()
    serving.route(FIRST)
    down = Path(serving.store, "down")
    down.touch()

    report = serving.route(FIRST, candidate=SECOND)
    assert (report.candidate_loaded, report.candidate_problem) == (None, None)

    down.unlink()
    eventually(lambda: serving.report().candidate_loaded == SECOND.digest)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_after_a_restart_everything_is_as_before_though_the_store_is_gone(
    serving: ServingProcess, number: int
) -> None:
    serving.publish(FIRST, SECOND)
    serving.start()
    before = serving.route(FIRST, candidate=SECOND, weight=100)
    serving.stop(number)
    Path(serving.store, "down").touch()

    serving.start()

    eventually(lambda: serving.report().acknowledges(before.routing))
    assert serving.predict(5).json() == {"product": 15.0}


def test_a_rollback_needs_no_store(serving: ServingProcess) -> None:
    serving.publish(FIRST, SECOND)
    serving.start()
    serving.route(FIRST)
    serving.route(SECOND)
    Path(serving.store, "down").touch()

    assert serving.route(FIRST).champion_loaded == FIRST.digest


def test_a_killed_server_leaves_no_child_even_when_that_hangs(serving: ServingProcess) -> None:
    hanging = fake_model.bundle(4.0, on_x={"7": "hang"})
    serving.publish(FIRST, hanging)
    serving.start()
    serving.route(FIRST, candidate=hanging, weight=100)
    assert serving.predict(7).status_code == 200
    [child] = serving.children()

    serving.stop(signal.SIGKILL)

    eventually(lambda: not alive(child))


def test_the_higher_generation_of_the_kept_and_the_mounted_document_counts(
    serving: ServingProcess, tmp_path: Path
) -> None:
    mounted = tmp_path / "routing.json"
    serving.publish(FIRST, SECOND)
    mounted.write_text(json.dumps(serving.document(FIRST)))
    serving.start(routing_file=str(mounted))
    eventually(lambda: serving.predict(5).status_code == 200)
    serving.route(SECOND)
    serving.stop()

    serving.start(routing_file=str(mounted))

    eventually(lambda: serving.report().champion_loaded == SECOND.digest)
    assert serving.report().routing.generation == 2


def test_a_mounted_document_that_changes_is_taken_up(
    serving: ServingProcess, tmp_path: Path
) -> None:
    mounted = tmp_path / "routing.json"
    serving.publish(FIRST)
    serving.start(routing_file=str(mounted))
    mounted.write_text("{half a docu")
    eventually(lambda: "is passed over" in serving.log.read_text())

    mounted.write_text(json.dumps(serving.document(FIRST)))

    eventually(lambda: serving.report().champion_loaded == FIRST.digest)
    assert serving.report().routing.generation == 1


def test_sigterm_answers_what_is_in_work_and_ends(serving: ServingProcess) -> None:
    slow = fake_model.bundle(5.0, seconds=2.0)
    serving.publish(FIRST, slow)
    serving.start(limits={"deadline_ms": 60_000})
    serving.route(FIRST, candidate=slow, weight=100)

    with ThreadPoolExecutor(1) as executor:
        answer = executor.submit(serving.predict, 5)
        # the scrape itself is one of them
        in_work = "windlass_requests_in_flight 2.0"
        eventually(lambda: in_work in serving.public.get("/metrics").text)
        code = serving.stop(signal.SIGTERM)

    assert answer.result().json() == {"product": 25.0}
    assert code == 0


def test_sigterm_ends_a_load_that_hangs(serving: ServingProcess) -> None:
    hanging = fake_model.bundle(6.0, on_load="hang")
    serving.publish(hanging)
    serving.start()

    with ThreadPoolExecutor(1) as executor:
        executor.submit(serving.put, serving.document(hanging))
        eventually(lambda: bool(serving.children()))
        [child] = serving.children()
        start = time.monotonic()
        code = serving.stop(signal.SIGTERM)

    assert code == 0
    assert time.monotonic() - start < 10
    eventually(lambda: not alive(child))
