import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.desks import CHAMPION, OTHER
from windlass.domain.errors import SystemUnavailable
from windlass.domain.names import ModelName
from windlass.domain.routing import Routed, Routing
from windlass.serving import sources
from windlass.serving.conductor import Conductor
from windlass.serving.desk import Desk
from windlass.serving.documents import write_routing
from windlass.serving.sources import MountedFile, follow_registry


class StubLoading:
    """Nothing to load."""

    async def bring(self, routing: Routing, lost: Callable[[], None]) -> bool:
        """Be done at once."""
        return False

    async def stop(self) -> None:
        """Be done at once."""


@pytest.fixture
def desk() -> Desk:
    return Desk(ModelName("fake-model"), "pod")


@pytest.fixture
def conductor(desk: Desk) -> Conductor:
    return Conductor(desk, StubLoading(), 1.0)


def write(path: Path, routing: Routing) -> None:
    """Replace the file as a ConfigMap mount does."""
    new = path.with_suffix(".new")
    new.write_bytes(write_routing(routing))
    os.replace(new, path)


def test_a_file_is_taken_up_when_it_appears_and_when_it_changes(
    tmp_path: Path, desk: Desk, conductor: Conductor
) -> None:
    path = tmp_path / "routing.json"
    mounted = MountedFile(path, conductor)
    mounted.look()
    assert desk.routing.generation == 0

    for routing in (Routing(generation=3, champion=CHAMPION), Routing(generation=4)):
        write(path, routing)
        mounted.look()
        assert desk.routing == routing


def test_an_older_file_changes_nothing(tmp_path: Path, desk: Desk, conductor: Conductor) -> None:
    path = tmp_path / "routing.json"
    conductor.accept(Routing(generation=9))
    write(path, Routing(generation=8, champion=CHAMPION))

    MountedFile(path, conductor).look()

    assert desk.routing == Routing(generation=9)


def test_a_bad_file_is_named_once_and_changes_nothing(
    tmp_path: Path, desk: Desk, conductor: Conductor, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "routing.json"
    path.write_text("{")
    mounted = MountedFile(path, conductor)

    mounted.look()
    mounted.look()

    assert desk.routing.generation == 0
    assert [record.levelname for record in caplog.records] == ["WARNING"]


async def test_the_registry_is_asked_until_it_knows_a_champion(
    monkeypatch: pytest.MonkeyPatch, desk: Desk, conductor: Conductor
) -> None:
    monkeypatch.setattr(sources, "_FIRST_REGISTRY_SECONDS", 0.0)
    answers = iter([SystemUnavailable("mlflow", "it is down"), None, CHAMPION])

    def lookup() -> Routed | None:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    assert not desk.ready
    await follow_registry(lookup, desk, conductor)

    assert desk.routing == Routing(generation=0, champion=CHAMPION)


async def test_the_registry_is_not_asked_where_there_is_a_document(
    desk: Desk, conductor: Conductor
) -> None:
    conductor.accept(Routing(generation=1))

    await follow_registry(lambda: OTHER, desk, conductor)

    assert desk.routing == Routing(generation=1)
