import math
from datetime import UTC, datetime, timedelta, timezone

import pytest

from windlass.adapters.version_tags import METRICS, TRAINED_ON, tags_of, version_of
from windlass.domain.bundle import TrainedOn
from windlass.domain.names import Digest, ModelName, RunId, Version
from windlass.domain.versions import ModelVersion

PUMPS = ModelName("pumps")

FULL = ModelVersion(
    model=PUMPS,
    version=Version("7"),
    run_id=RunId("r"),
    bundle_digest=Digest("sha256:b"),
    dataset_digest=Digest("sha256:d"),
    trained_on=TrainedOn(
        digest=Digest("sha256:t"),
        start=datetime(2015, 1, 1, 6, tzinfo=UTC),
        until=datetime(2015, 10, 1, 5, tzinfo=UTC),
    ),
    metrics={"f1": 0.5, "average_precision": 1e-17},
    held="bad canary",
)
BARE = ModelVersion(model=PUMPS, version=Version("7"))


@pytest.mark.parametrize("version", [FULL, BARE])
def test_a_version_survives_its_tags(version: ModelVersion) -> None:
    assert version_of(PUMPS, version.version, version.run_id, tags_of(version)) == version


def test_the_tags_are_readable_by_people() -> None:
    assert tags_of(FULL) == {
        "windlass.bundle_digest": "sha256:b",
        "windlass.dataset_digest": "sha256:d",
        "windlass.trained_on": '{"digest": "sha256:t", "from": "2015-01-01T06:00:00+00:00",'
        ' "until": "2015-10-01T05:00:00+00:00"}',
        "windlass.metrics": '{"average_precision": 1e-17, "f1": 0.5}',
        "windlass.held": "bad canary",
    }


def test_times_are_written_in_utc() -> None:
    local = datetime(2015, 1, 1, 8, tzinfo=timezone(timedelta(hours=2)))
    trained_on = TrainedOn(digest=Digest("sha256:t"), start=local, until=local)

    tags = tags_of(ModelVersion(model=PUMPS, version=Version("1"), trained_on=trained_on))

    assert '"from": "2015-01-01T06:00:00+00:00"' in tags[TRAINED_ON]


def test_numbers_that_json_lacks_are_left_out() -> None:
    metrics = {"f1": 0.5, "loss": math.nan, "ratio": math.inf}

    tags = tags_of(ModelVersion(model=PUMPS, version=Version("1"), metrics=metrics))

    assert tags[METRICS] == '{"f1": 0.5}'


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not JSON",
        "[]",
        "null",
        "{}",
        '{"digest": "d", "from": "2015-01-01T06:00:00+00:00"}',
        '{"digest": "d", "from": "yesterday", "until": "now"}',
        '{"digest": "d", "from": "2015-01-01T06:00:00", "until": "2015-01-01T06:00:00"}',
    ],
)
def test_a_mangled_tag_counts_as_absent(text: str) -> None:
    found = version_of(PUMPS, Version("7"), None, {TRAINED_ON: text, METRICS: text})

    assert (found.trained_on, dict(found.metrics)) == (None, {})


def test_only_numbers_are_metrics() -> None:
    tags = {METRICS: '{"f1": 1, "name": "x", "good": true, "loss": NaN}'}

    assert dict(version_of(PUMPS, Version("7"), None, tags).metrics) == {"f1": 1.0}
