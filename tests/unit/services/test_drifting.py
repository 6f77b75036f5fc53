import json
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from docs.pipeline_template import data
from tests.support import agency, market, plant, shop
from windlass.adapters.memory.objects import MemoryObjects
from windlass.adapters.memory.registry import MemoryRegistry
from windlass.domain.bundle import Bundle
from windlass.domain.drift import Drift, Limits
from windlass.domain.errors import InputError
from windlass.domain.names import Digest, ModelName, Version
from windlass.domain.promotion.spec import CHAMPION
from windlass.domain.sketch import Sketch
from windlass.domain.versions import ModelVersion, RunRecord
from windlass.pipelines.contract import FeatureRows
from windlass.pipelines.raw_columns import raw_rows
from windlass.services.bundles import write_bundle
from windlass.services.drifting import (
    MOST_ROWS,
    Compared,
    DriftReport,
    Values,
    column_of,
    feature_rows,
    judged_version,
    report_drift,
)
from windlass.services.evaluation import Dataset
from windlass.services.training import CHALLENGER, TrainedModel

MODEL = ModelName("predictive-maintenance")
RANDOM = np.random.default_rng(3)
BEFORE = RANDOM.normal(42.35, 0.02, 4000)
"""Like a latitude: its spread is small against its size."""


def rows(scores: Values | None = None, **columns: Values) -> FeatureRows:
    return FeatureRows(columns=columns, scores=scores)


def report(before: FeatureRows, now: FeatureRows, served: Sketch | None = None) -> DriftReport:
    compared = Compared(
        model=MODEL, version=Version("1"), before="holdout", now="recent", limits=Limits()
    )
    return report_drift(compared, before, now, served)


def test_a_small_move_of_large_numbers_is_seen() -> None:
    moved = report(rows(lat=BEFORE), rows(lat=BEFORE + 0.03))
    assert moved.features[0].drift is Drift.DRIFTED
    still = report(rows(lat=BEFORE[:2000]), rows(lat=BEFORE[2000:]))
    assert still.features[0].drift is Drift.STABLE


def test_values_that_go_missing_are_drift() -> None:
    gone = BEFORE.copy()
    gone[::3] = np.nan
    [shift] = report(rows(lat=BEFORE), rows(lat=gone)).features
    assert shift.drift is Drift.DRIFTED
    assert shift.missing_before == 0
    assert shift.missing_now == pytest.approx(1 / 3, abs=0.001)


@pytest.mark.parametrize("values", [np.full(50, np.nan), np.zeros(50), np.full(50, np.inf)])
def test_columns_without_spread_or_numbers_are_no_fault(values: Values) -> None:
    still = report(rows(lat=values), rows(lat=values)).features[0]
    assert still.drift is Drift.STABLE
    assert report(rows(lat=values), rows(lat=BEFORE)).features[0].drift is Drift.DRIFTED


def test_the_largest_shift_comes_first() -> None:
    before, now = rows(a=BEFORE, b=BEFORE), rows(a=BEFORE + 0.01, b=BEFORE + 0.05)
    assert [shift.name for shift in report(before, now).features] == ["b", "a"]


def test_only_columns_that_both_have_are_compared() -> None:
    found = report(rows(a=BEFORE, b=BEFORE), rows(b=BEFORE, c=BEFORE))
    assert [shift.name for shift in found.features] == ["b"]
    with pytest.raises(InputError, match="no column in common"):
        report(rows(a=BEFORE), rows(c=BEFORE))


def test_scores_of_data_and_of_servers_are_compared_with_those_of_before() -> None:
    scores = RANDOM.uniform(0, 1, 1000)
    served = Sketch.of((scores**4).tolist())
    found = report(rows(scores, a=BEFORE), rows(scores, a=BEFORE), served)
    assert [(shift.name, shift.drift) for shift in found.scores] == [
        ("score", Drift.STABLE),
        ("served score", Drift.DRIFTED),
    ]
    assert found.drifted
    only = report(rows(scores, a=BEFORE), rows(), served)
    assert ([shift.name for shift in only.scores], only.features) == (["served score"], ())


def test_a_report_is_plain_json() -> None:
    document = report(rows(BEFORE, a=BEFORE), rows(BEFORE + 1, a=BEFORE)).as_json()
    assert json.loads(json.dumps(document, allow_nan=False))["drifted"] is True


def test_many_rows_are_thinned_out_evenly() -> None:
    many = np.arange(MOST_ROWS * 2 + 1, dtype=np.float64)
    column = column_of("n", many, many)
    assert MOST_ROWS / 2 < column.before.total <= MOST_ROWS
    assert column.before == column.now


@pytest.mark.parametrize("days", [10, 20])
def test_a_daily_course_is_no_drift_however_many_rows_there_are(days: int) -> None:
    course = np.sin(np.arange(24) / 24 * 2 * np.pi)
    before = np.tile(course, days * MOST_ROWS // 20)
    assert len(before) == days * 12 * MOST_ROWS // 10
    [shift] = report(rows(hour=before), rows(hour=course.repeat(20))).features
    assert shift.drift is Drift.STABLE


def of(made: TrainedModel) -> tuple[Bundle, Dataset]:
    return made.bundle, made.holdout


@pytest.mark.parametrize(
    "trained",
    [
        lambda: of(plant.trained()),
        lambda: of(market.trained()),
        lambda: of(shop.trained()),
        lambda: (agency.bundle("catboost"), agency.prepared().holdout),
    ],
    ids=["plant", "market", "shop", "agency"],
)
def test_a_pipeline_says_what_its_model_sees(trained: Callable[[], tuple[Bundle, Dataset]]) -> None:
    bundle, holdout = trained()
    found = feature_rows(bundle, holdout)
    assert tuple(found.columns) == bundle.manifest.features
    assert {values.ndim for values in found.columns.values()} == {1}
    assert found.scores is not None
    assert np.isfinite(found.scores).all()
    again = report(found, found)
    assert not again.drifted
    assert {shift.index for shift in again.features} <= {0.0}


def test_a_pipeline_that_says_nothing_is_looked_at_by_its_columns() -> None:
    found = raw_rows(data.sample_files(calls=100))
    assert set(found.columns) == {"berth", "containers", "wind", "hours"}
    assert found.scores is None
    assert len(np.unique(found.columns["berth"])) == 3


def test_the_same_kind_is_the_same_number_in_every_file() -> None:
    one, other = (raw_rows({"a.csv": text}) for text in (b"kind\nx\ny\n", b"kind\ny\n\nx\n"))
    assert set(one.columns["kind"].tolist()) == set(other.columns["kind"].tolist())


def test_files_of_the_same_columns_are_one_table() -> None:
    files = {"2024/a.csv": b"x,user_id\n1,7\n", "2024/b.csv": b"x,user_id\n2,8\n"}
    assert raw_rows(files).columns["x"].tolist() == [1.0, 2.0]
    assert "user_id" not in raw_rows(files).columns
    found = raw_rows({**files, "c.csv": b"x,z\n1,2\n", "notes.txt": b"?"})
    assert set(found.columns) == {"a.x", "c.x", "c.z"}


def test_texts_of_many_kinds_and_times_say_nothing() -> None:
    frame = pd.DataFrame(
        {
            "name": [f"n{number}" for number in range(60)],
            "at": pd.date_range("2024-01-01", periods=60),
            "flag": [True, False] * 30,
        }
    )
    files = {"a.parquet": frame.to_parquet()}
    assert set(raw_rows(files).columns) == {"flag"}


@pytest.mark.parametrize("name", ["a.parquet", "a.csv.gz"])
def test_a_file_that_can_not_be_read_is_named(name: str) -> None:
    with pytest.raises(InputError, match=f"{name} can't be read"):
        raw_rows({name: b"nonsense"})


def registered() -> tuple[MemoryObjects, MemoryRegistry]:
    objects, registry = MemoryObjects(), MemoryRegistry()
    bundle = plant.trained().bundle
    write_bundle(objects, bundle)
    for digest in (bundle.digest, bundle.digest, None):
        run = registry.record(RunRecord(experiment=MODEL, name="t"))
        registry.register(
            ModelVersion(
                model=MODEL,
                version=Version(""),
                run_id=run,
                bundle_digest=Digest(digest) if digest else None,
            )
        )
    return objects, registry


def test_the_version_is_the_one_named_or_the_champion_or_the_newest() -> None:
    objects, registry = registered()
    registry.set_alias(MODEL, CHALLENGER, Version("2"))
    assert judged_version(objects, registry, MODEL, "").version == "2"
    registry.set_alias(MODEL, CHAMPION, Version("1"))
    assert judged_version(objects, registry, MODEL, "").version == "1"
    assert judged_version(objects, registry, MODEL, "2").version == "2"


@pytest.mark.parametrize(
    ("named", "said"), [("", "no version yet"), ("9", "no version 9"), ("3", "has no bundle")]
)
def test_a_version_that_can_not_be_judged_is_told(named: str, said: str) -> None:
    objects, registry = registered()
    with pytest.raises(InputError, match=said):
        judged_version(objects, registry, MODEL, named)
