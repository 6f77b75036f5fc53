"""The admin port: who may, and which documents."""

import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.support import fake_model, serving_program
from tests.support.repository import ROOT
from tests.support.serving_process import ServingProcess, routed

BUNDLE = fake_model.bundle(2.0)
OTHER = fake_model.bundle(3.0)


@pytest.fixture(scope="module")
def server(shared: ServingProcess) -> ServingProcess:
    shared.publish(BUNDLE, OTHER)
    return shared


@pytest.mark.parametrize("header", [None, "Bearer", "Bearer wrong", serving_program.TOKEN])
@pytest.mark.parametrize("path", ["/stats", "/routing", "/docs", "/anything"])
def test_every_path_refuses_without_the_token(
    server: ServingProcess, header: str | None, path: str
) -> None:
    headers = {} if header is None else {"authorization": header}

    with httpx.Client(trust_env=False, base_url=server.admin.base_url) as client:
        answers = [client.get(path, headers=headers), client.put(path, headers=headers, json={})]

    assert [answer.status_code for answer in answers] == [401, 401]


def test_the_public_port_has_no_admin_paths(server: ServingProcess) -> None:
    assert [server.public.get(path).status_code for path in ("/stats", "/routing")] == [404, 404]


def test_a_document_is_acknowledged_once_its_bundles_are_loaded(server: ServingProcess) -> None:
    report = server.route(BUNDLE, candidate=OTHER, weight=10, held=[OTHER.digest])

    assert report.acknowledges(report.routing)
    assert report.routing.weight == 10


def test_the_same_document_again_changes_nothing(server: ServingProcess) -> None:
    document = server.document(BUNDLE)
    first, again = server.put(document), server.put(document)

    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == again.json()


def test_an_older_document_is_a_conflict(server: ServingProcess) -> None:
    older = server.document(BUNDLE)
    server.route(BUNDLE)

    answer = server.put(older)

    assert answer.status_code == 409
    assert "is obeyed; send a higher one" in answer.json()["message"]


def test_another_document_of_the_same_generation_is_a_conflict(server: ServingProcess) -> None:
    document = server.document(BUNDLE)
    server.put(document)

    assert server.put({**document, "weight": 5}).status_code == 409
    assert server.report().routing.weight == 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"wieght": 5}, "routing.wieght: unknown field, did you mean weight?"),
        ({"weight": 101}, "routing.weight: must be a percentage"),
        ({"weight": "5"}, "routing.weight: must be a whole number"),
        ({"generation": -1}, "routing.generation: must not be negative"),
        ({"champion": routed(BUNDLE, "1\n2")}, "routing.champion.version: is no version"),
        (
            {"candidate": {"version": "1", "uri": "", "digest": "sha256:../../etc"}},
            "routing.candidate.digest: must be sha256:",
        ),
    ],
)
def test_a_document_with_a_mistake_is_refused_by_its_field(
    server: ServingProcess, change: dict[str, object], message: str
) -> None:
    answer = server.put({**server.document(BUNDLE), **change})

    assert answer.status_code == 422
    assert message in answer.json()["message"]


def test_a_port_in_use_is_one_clear_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        settings = (
            f'{{"port": {port}, "admin_port": 0, "store": "{tmp_path}", "kept": "{tmp_path}"}}'
        )
        command = [sys.executable, "-m", "tests.support.serving_program", settings]
        ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert ended.returncode == 1
    [line] = ended.stderr.splitlines()
    assert f"can't listen on 127.0.0.1 port {port}: Address already in use" in line
