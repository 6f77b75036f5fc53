"""Bundles that can't be served: a reason in the report, and nothing else changes."""

from pathlib import Path

import pytest

from tests.support import fake_model
from tests.support.serving_process import ServingProcess, eventually
from windlass.domain.bundle import Bundle, bundle_prefix

CHAMPION = fake_model.bundle(2.0)
LIMITS = {"child_memory_bytes": 256 * 1024 * 1024}

BAD = {
    "its process ended with exit code 3 while loading": fake_model.bundle(on_load="exit"),
    "its process was ended by SIGSEGV while loading": fake_model.bundle(on_load="segfault"),
    "MemoryError": fake_model.bundle(on_load="memory"),
    "RuntimeError: the model is broken": fake_model.bundle(on_load="raise"),
    "it scores its golden request 6.0, in training 7.0": fake_model.bundle(golden_score=7.0),
    "it refuses its golden request: x: must be at least": fake_model.bundle(lowest=50),
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> ServingProcess:
    process = ServingProcess(tmp_path_factory.mktemp("probe"))
    process.publish(CHAMPION, *BAD.values())
    process.start(limits=LIMITS)
    return process


@pytest.fixture(scope="module", autouse=True)
def _end(server: ServingProcess) -> object:
    yield
    server.close()


@pytest.mark.parametrize(("problem", "bundle"), BAD.items(), ids=list(BAD))
def test_a_candidate_that_fails_its_probe_is_a_problem_and_gets_no_request(
    server: ServingProcess, problem: str, bundle: Bundle
) -> None:
    server.route(CHAMPION)

    report = server.route(CHAMPION, candidate=bundle, weight=100)

    assert problem in str(report.candidate_problem)
    assert report.candidate_loaded is None
    assert report.champion_loaded == CHAMPION.digest
    assert server.predict(5).json() == {"product": 10.0}
    eventually(lambda: server.children() == [])


@pytest.mark.parametrize(("problem", "bundle"), BAD.items(), ids=list(BAD))
def test_the_champion_goes_on_answering_when_its_successor_fails_its_probe(
    server: ServingProcess, problem: str, bundle: Bundle
) -> None:
    server.route(CHAMPION)

    report = server.route(bundle)

    assert problem in str(report.champion_problem)
    assert report.champion_loaded == CHAMPION.digest
    assert server.predict(5).json() == {"product": 10.0}
    assert server.public.get("/readyz").status_code == 200
    assert server.public.get("/model").json()["problem"] == report.champion_problem


def test_a_first_champion_whose_child_was_killed_is_tried_again(
    server: ServingProcess, tmp_path: Path
) -> None:
    server.route(None)
    unlucky = fake_model.bundle(killed_once=str(tmp_path / "was killed"))
    server.publish(unlucky)

    server.route(unlucky)

    eventually(lambda: server.predict(5).status_code == 200)
    assert (tmp_path / "was killed").exists()
    assert server.report().champion_problem is None


def test_a_later_champion_whose_child_was_killed_is_tried_again(
    server: ServingProcess, tmp_path: Path
) -> None:
    server.route(CHAMPION)
    unlucky = fake_model.bundle(4.0, killed_once=str(tmp_path / "was killed"))
    server.publish(unlucky)

    server.route(unlucky)

    eventually(lambda: server.predict(5).json() == {"product": 20.0})
    assert server.report().champion_problem is None


def test_a_candidate_whose_child_was_killed_once_is_loaded_all_the_same(
    server: ServingProcess, tmp_path: Path
) -> None:
    unlucky = fake_model.bundle(5.0, killed_once=str(tmp_path / "was killed"))
    server.publish(unlucky)

    report = server.route(CHAMPION, candidate=unlucky, weight=100)

    assert report.candidate_problem is None
    eventually(lambda: server.report().candidate_loaded == unlucky.digest)


def test_a_candidate_whose_child_is_always_killed_is_a_problem(server: ServingProcess) -> None:
    hopeless = fake_model.bundle(on_load="kill")
    server.publish(hopeless)

    server.route(CHAMPION, candidate=hopeless, weight=100)

    eventually(lambda: server.report().candidate_problem is not None)
    assert server.report().candidate_problem == "its process was ended by SIGKILL while loading"
    assert server.predict(5).json() == {"product": 10.0}


def test_a_first_champion_that_crashes_leaves_a_server_that_is_not_ready_and_says_why(
    server: ServingProcess,
) -> None:
    server.route(None)

    report = server.route(BAD["its process was ended by SIGSEGV while loading"])

    assert report.champion_loaded is None
    ready = server.public.get("/readyz")
    assert ready.status_code == 503
    assert "SIGSEGV" in ready.text
    assert server.predict(5).status_code == 503


@pytest.fixture
def altered(server: ServingProcess) -> Bundle:
    bundle = fake_model.bundle(8.0)
    server.publish(bundle)
    Path(server.store, bundle_prefix(bundle.digest), "model.txt").write_text("8.1")
    return bundle


def test_a_bundle_whose_content_does_not_match_its_digest_is_not_loaded(
    server: ServingProcess, altered: Bundle
) -> None:
    report = server.route(CHAMPION, candidate=altered, weight=100)

    assert "does not match the digest" in str(report.candidate_problem)
    assert server.predict(5).json() == {"product": 10.0}


def test_a_bundle_that_is_not_in_the_store_is_a_problem(server: ServingProcess) -> None:
    report = server.route(CHAMPION, candidate=fake_model.bundle(9.0))

    assert "there is no complete bundle" in str(report.candidate_problem)


def test_a_bundle_that_hangs_while_loading_is_a_problem(serving: ServingProcess) -> None:
    hanging = fake_model.bundle(on_load="hang")
    serving.publish(hanging)
    serving.start(limits={"probe_seconds": 1})

    report = serving.route(None, candidate=hanging)

    assert report.candidate_problem == "no answer within 1000 ms"
    eventually(lambda: serving.children() == [])
