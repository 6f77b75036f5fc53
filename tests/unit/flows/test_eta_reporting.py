"""What the runtime tells Prefect, and that it goes on when nobody listens."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from tests.support.streets import Listener, Town
from windlass.flows import eta_reporting
from windlass.flows.eta_metrics import EtaMetrics
from windlass.flows.eta_reporting import FlowReporter
from windlass.services.eta.profiling import DESCRIPTIONS


class Pages:
    """Prefect's artifacts, as far as the reporter asks for them."""

    def __init__(self) -> None:
        self.shown: dict[UUID, str] = {}
        self.away = False

    def create(self, markdown: str, key: str, told: str) -> UUID:
        """Make one."""
        self._answer()
        assert key
        assert told
        made = uuid4()
        self.shown[made] = markdown
        return made

    def update_artifact(self, known: UUID, change: Any) -> None:
        """Change one, or say that there is none."""
        self._answer()
        if known not in self.shown:
            request = httpx.Request("PATCH", "http://prefect")
            response = httpx.Response(404, request=request)
            raise httpx.HTTPStatusError("gone", request=request, response=response)
        self.shown[known] = change.data

    def _answer(self) -> None:
        if self.away:
            raise httpx.ConnectError("Connection refused")

    def __enter__(self) -> "Pages":
        return self

    def __exit__(self, *_: object) -> None:
        return None


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch) -> Pages:
    found = Pages()
    monkeypatch.setattr(eta_reporting, "create_markdown_artifact", found.create)
    monkeypatch.setattr(eta_reporting, "get_client", lambda **_: found)
    return found


def report(folder: Path) -> tuple[FlowReporter, Listener, Town]:
    town, voice = Town("a"), Listener()
    speaker: Any = SimpleNamespace(say=voice.say, alert=voice.alert)
    metrics = EtaMetrics(town.clock.steady)
    made = FlowReporter(voice=speaker, metrics=metrics, folder=folder, prefix="eta")
    return made, voice, town


def tell(reporter: FlowReporter, town: Town) -> None:
    town.clock.seconds += 1
    town.drive("a", timestamp=town.clock.now().isoformat())
    town.runtime.tick()
    reporter.report("a minute went by", town.place.profile.report())


def test_there_is_one_artifact_of_each_profile_however_often_it_reports(
    pages: Pages, tmp_path: Path
) -> None:
    reporter, _, town = report(tmp_path)
    for _ in range(3):
        tell(reporter, town)
    assert len(pages.shown) == len(DESCRIPTIONS)


def test_while_prefect_is_away_profiles_are_written_and_nothing_ends(
    pages: Pages, tmp_path: Path
) -> None:
    reporter, voice, town = report(tmp_path)
    pages.away = True
    tell(reporter, town)
    assert voice.lines[0] == "a minute went by"
    assert "Prefect did not take the profiles: ConnectError" in voice.lines[1]
    assert {file.stem for file in tmp_path.iterdir()} == set(DESCRIPTIONS)
    pages.away = False
    tell(reporter, town)
    assert len(pages.shown) == len(DESCRIPTIONS)


def test_an_artifact_that_somebody_deleted_is_made_again(pages: Pages, tmp_path: Path) -> None:
    reporter, _, town = report(tmp_path)
    tell(reporter, town)
    pages.shown.clear()
    tell(reporter, town)
    assert len(pages.shown) == len(DESCRIPTIONS)
