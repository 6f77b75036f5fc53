"""Files that a parameter names, wherever they lie."""

from pathlib import Path

import pytest

from windlass.bootstrap.sources import fetch, fetch_named
from windlass.domain.errors import InputError


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "events.csv").write_bytes(b"events")
    (folder / "test.csv").write_bytes(b"beside")
    (tmp_path / "other.csv").write_bytes(b"elsewhere")
    return folder


def test_a_named_file_may_lie_beside_the_others(data: Path) -> None:
    assert fetch_named("local", str(data), ("test.csv",)) == {"named/test.csv": b"beside"}


@pytest.mark.parametrize("absolute", [True, False])
def test_a_named_file_may_lie_anywhere(data: Path, absolute: bool) -> None:
    name = str(data.parent / "other.csv") if absolute else "other.csv"
    assert fetch_named("local", str(data), (name,)) == {"named/other.csv": b"elsewhere"}


def test_made_up_data_may_be_judged_by_a_file_too(data: Path) -> None:
    assert fetch_named("synthetic", "", ("other.csv",)) == {"named/other.csv": b"elsewhere"}


def test_a_named_file_of_an_object_store_lies_under_its_prefix(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WINDLASS_FOLDER", str(data / ".windlass"))
    stored = data / ".windlass" / "objects" / "shop" / "test.csv"
    stored.parent.mkdir(parents=True)
    stored.write_bytes(b"stored")
    found = {"named/test.csv": b"stored"}
    assert fetch_named("s3", "s3://windlass/shop", ("test.csv",)) == found
    assert fetch_named("local", str(data), ("s3://windlass/shop/test.csv",)) == found
    with pytest.raises(InputError, match=r"there is no file nowhere\.csv"):
        fetch_named("s3", "s3://windlass/shop", ("nowhere.csv",))


def test_an_object_store_without_a_list_of_products_is_no_error(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WINDLASS_FOLDER", str(data / ".windlass"))
    assert fetch("s3", "s3://windlass/shop", "recommender", ["products.csv"]) == {}
    with pytest.raises(InputError, match=r"holds none of events\.csv"):
        fetch("s3", "s3://windlass/shop", "recommender")


def test_a_named_file_that_is_not_there_is_said(data: Path) -> None:
    with pytest.raises(InputError, match=r"there is no file nowhere\.csv, neither in"):
        fetch_named("local", str(data), ("nowhere.csv",))


def test_only_some_of_the_files_can_be_fetched(data: Path) -> None:
    assert fetch("local", str(data), "recommender") == {"events.csv": b"events"}
    assert fetch("local", str(data), "recommender", ["products.csv"]) == {}
    assert fetch("local", str(data), "recommender", ["events.csv"]) == {"events.csv": b"events"}
