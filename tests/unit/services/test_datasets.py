from datetime import UTC, datetime

import pytest

from windlass.adapters.memory.objects import MemoryObjects
from windlass.domain.bundle import TrainedOn
from windlass.domain.datasets import DatasetCard, read_card, sealed
from windlass.domain.errors import InputError
from windlass.domain.names import Digest, ModelName
from windlass.services.datasets import fetch_dataset, holdout_prefix, publish_dataset


def day(number: int) -> datetime:
    return datetime(2015, 1, number, tzinfo=UTC)


TRAINED = TrainedOn(digest=Digest("sha256:" + "1" * 64), start=day(1), until=day(10))
CARD = DatasetCard(
    pipeline="p", start=day(9), until=day(20), held_out_of=TRAINED, settings={"gap_hours": 4}
)
FILES = sealed(CARD, {"a.csv": b"1", "b.csv": b"2"})
PREFIX = holdout_prefix(ModelName("some-model"))


def test_a_dataset_is_published_below_its_model_and_read_back() -> None:
    objects = MemoryObjects()
    digest = publish_dataset(objects, PREFIX, FILES)
    assert PREFIX == "datasets/some-model/holdout"
    assert fetch_dataset(objects, PREFIX) == FILES
    assert publish_dataset(objects, PREFIX, FILES) == digest


def test_the_card_survives_its_json() -> None:
    assert read_card(FILES) == CARD
    assert read_card({"a.csv": b"1"}) is None


def test_the_card_is_written_last_and_files_of_before_are_removed() -> None:
    written: list[str] = []

    class Watched(MemoryObjects):
        def put(self, key: str, data: bytes) -> None:
            written.append(key.rpartition("/")[2])
            super().put(key, data)

    objects = Watched()
    publish_dataset(objects, PREFIX, sealed(CARD, {"old.csv": b""}))
    written.clear()
    publish_dataset(objects, PREFIX, FILES)
    assert written == ["a.csv", "b.csv", "dataset.json"]
    assert fetch_dataset(objects, PREFIX) == FILES
    written.clear()
    publish_dataset(objects, PREFIX, FILES)
    assert written == []


def test_a_dataset_that_is_just_replaced_is_read_again() -> None:
    new = sealed(CARD, {"a.csv": b"3", "b.csv": b"4"})

    class Racing(MemoryObjects):
        """Somebody publishes between two reads."""

        raced = False

        def get(self, key: str) -> bytes | None:
            found = super().get(key)
            if key.endswith("a.csv") and not self.raced:
                self.raced = True
                for name, data in new.items():
                    self.put(f"{PREFIX}/{name}", data)
            return found

    objects = Racing()
    for name, data in FILES.items():
        objects.put(f"{PREFIX}/{name}", data)
    assert fetch_dataset(objects, PREFIX) == new


def test_a_dataset_that_stays_torn_is_refused() -> None:
    objects = MemoryObjects()
    publish_dataset(objects, PREFIX, FILES)
    objects.put(f"{PREFIX}/b.csv", b"altered")
    with pytest.raises(InputError, match=r"b\.csv is not the one dataset\.json names"):
        fetch_dataset(objects, PREFIX)


def test_a_dataset_that_is_not_there_is_named() -> None:
    with pytest.raises(InputError, match="there is no dataset at s3://windlass/datasets/x"):
        fetch_dataset(MemoryObjects(), "datasets/x")


def test_a_dataset_too_large_for_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    objects = MemoryObjects()
    publish_dataset(objects, PREFIX, FILES)
    monkeypatch.setattr("windlass.services.datasets.MAX_DATASET_BYTES", 1)
    with pytest.raises(InputError, match="too many to read"):
        fetch_dataset(objects, PREFIX)


@pytest.mark.parametrize(
    ("trained_on", "overlaps"),
    [
        (TRAINED, False),
        (TrainedOn(digest=TRAINED.digest, start=day(1), until=day(11)), True),
        (TrainedOn(digest=TRAINED.digest, start=day(1), until=day(8)), False),
        (TrainedOn(digest=Digest("sha256:" + "2" * 64), start=day(20), until=day(30)), True),
        (TrainedOn(digest=Digest("sha256:" + "2" * 64), start=day(21), until=day(30)), False),
    ],
)
def test_rows_were_seen_when_the_times_overlap_unless_held_out_of_just_that(
    trained_on: TrainedOn, overlaps: bool
) -> None:
    assert CARD.overlaps(trained_on) is overlaps


def test_files_in_folders_are_read_where_there_are_none_beside_them() -> None:
    objects = MemoryObjects()
    objects.put("prices/monthly/2024/01/2024-01-data.parquet", b"1")
    assert fetch_dataset(objects, "prices") == {"monthly/2024/01/2024-01-data.parquet": b"1"}
    objects.put("prices/a.csv", b"2")
    assert fetch_dataset(objects, "prices") == {"a.csv": b"2"}
