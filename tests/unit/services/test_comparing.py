from collections.abc import Mapping
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from tests.support import fake_model
from windlass.adapters.memory.objects import MemoryObjects
from windlass.adapters.memory.registry import MemoryRegistry
from windlass.domain.bundle import Bundle
from windlass.domain.datasets import DatasetCard, sealed
from windlass.domain.errors import InputError
from windlass.domain.names import Alias, Digest, ModelName, Version
from windlass.domain.promotion.spec import CHAMPION
from windlass.domain.versions import ModelVersion, RunRecord
from windlass.pipelines.contract import Span
from windlass.services.bundles import write_bundle
from windlass.services.comparing import Arena, Contest, compare_all
from windlass.services.datasets import publish_dataset
from windlass.services.ranking import Measure, Ranking

MODEL = ModelName("fake-model")
CARD = DatasetCard(
    pipeline="fake",
    start=datetime(2020, 1, 1, tzinfo=UTC),
    until=datetime(2020, 2, 1, tzinfo=UTC),
)


class Court:
    """Versions whose scale is their error, and a count of who was judged."""

    def __init__(self) -> None:
        self.registry, self.objects = MemoryRegistry(), MemoryObjects()
        self.judged: list[Digest] = []

    def add(self, scale: float, recorded: float = 5.0, dataset: str = "a", **settings: Any) -> None:
        bundle = fake_model.bundle(scale, **settings)
        write_bundle(self.objects, bundle)
        run = RunRecord(experiment=MODEL, name="train", metrics={"mae": recorded})
        self.registry.register(
            ModelVersion(
                model=MODEL,
                version=Version(""),
                run_id=self.registry.record(run),
                bundle_digest=bundle.digest,
                dataset_digest=Digest(f"sha256:{dataset}"),
            )
        )

    def judge(self, bundle: Bundle, dataset: Mapping[str, bytes]) -> dict[str, float]:
        self.judged.append(bundle.digest)
        return {"mae": float(str(bundle.manifest.parameters["scale"]))}

    def compare(
        self, *, dataset: str = "holdout", active: str = "", metric: str = "mae"
    ) -> Ranking:
        arena = Arena(
            objects=self.objects, registry=self.registry, judge=self.judge, tell=lambda _: None
        )
        contest = Contest(
            model=MODEL,
            measure=Measure(metric=metric, minimize=True),
            active=active,
            dataset=dataset,
        )
        return compare_all(arena, contest)


@pytest.fixture
def court() -> Court:
    made = Court()
    files = sealed(CARD, {"data.csv": b"x"})
    publish_dataset(made.objects, "datasets/fake-model/holdout", files)
    publish_dataset(made.objects, "elsewhere", files)
    return made


def test_every_version_is_scored_on_the_held_back_part(court: Court) -> None:
    for scale in (3.0, 2.0, 4.0):
        court.add(scale)
    court.registry.set_alias(MODEL, CHAMPION, Version("1"))
    ranking = court.compare()
    assert [place.value for place in ranking.places] == [2.0, 3.0, 4.0]
    assert (ranking.active, ranking.candidates) == ("1", ("fake-model/2",))
    assert ranking.data.startswith("s3://windlass/datasets/fake-model/holdout, sha256:")


def test_versions_that_share_a_bundle_are_scored_once(court: Court) -> None:
    for scale in (3.0, 3.0):
        court.add(scale)
    assert len(court.compare().places) == 2
    assert len(court.judged) == 1


def test_an_altered_bundle_is_a_finding_about_that_version(court: Court) -> None:
    for scale in (3.0, 2.0):
        court.add(scale)
    court.objects.put(f"bundles/{fake_model.bundle(2.0).digest.replace(':', '/')}/model.txt", b"0")
    remarks = {str(place.version): place.remark for place in court.compare().places}
    assert remarks["1"] == ""
    assert "does not match" in remarks["2"]


def test_another_active_version_and_dataset_may_be_named(court: Court) -> None:
    for scale in (3.0, 2.0):
        court.add(scale)
    court.registry.set_alias(MODEL, CHAMPION, Version("1"))
    ranking = court.compare(active="fake-model/2", dataset="s3://windlass/elsewhere")
    assert (ranking.active, ranking.candidates) == ("2", ())
    assert ranking.data.startswith("s3://windlass/elsewhere")


def test_recorded_metrics_need_no_bundle_to_be_loaded(court: Court) -> None:
    court.add(3.0, recorded=7.0)
    court.add(2.0, recorded=6.0)
    court.add(1.0, recorded=1.0, dataset="b")
    court.registry.set_alias(MODEL, CHAMPION, Version("1"))
    ranking = court.compare(dataset="recorded")
    assert ranking.candidates == ("fake-model/2",)
    assert court.judged == []


def test_a_model_without_versions_or_metric_is_told(court: Court) -> None:
    with pytest.raises(InputError, match="has no version yet"):
        court.compare()
    court.add(2.0)
    with pytest.raises(InputError, match="has the metric rmse; there are: mae"):
        court.compare(metric="rmse", dataset="recorded")
    with pytest.raises(InputError, match="no dataset at"):
        court.compare(dataset="s3://windlass/nowhere")
    with pytest.raises(InputError, match="not in the bucket"):
        court.compare(dataset="s3://other/holdout")


def test_another_alias_makes_nobody_active(court: Court) -> None:
    court.add(2.0)
    court.registry.set_alias(MODEL, Alias("challenger"), Version("1"))
    ranking = court.compare()
    assert (ranking.active, ranking.candidates) == (None, ("fake-model/1",))


@pytest.mark.parametrize(("active", "left"), [("1", ["1"]), ("", ["2", "3"])])
def test_on_a_plain_folder_only_versions_with_the_same_labels_are_compared(
    court: Court, monkeypatch: pytest.MonkeyPatch, active: str, left: list[str]
) -> None:
    later = Span(datetime(2021, 1, 1, tzinfo=UTC), datetime(2021, 2, 1, tzinfo=UTC))
    pipeline = SimpleNamespace(LABELS=("horizon",), time_span=lambda _: later)
    monkeypatch.setattr("windlass.services.evaluation.model_of", lambda _: pipeline)
    court.objects.put("plain/data.csv", b"x")
    for scale, horizon in ((1.0, 1), (2.0, 6), (3.0, 6)):
        court.add(scale, horizon=horizon)

    ranking = court.compare(dataset=f"s3://{court.objects.bucket}/plain", active=active)

    odd = {place.version for place in ranking.places if "other labels" in place.remark}
    assert {"1", "2", "3"} - odd == set(left)
