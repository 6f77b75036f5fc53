"""What every object store does: twin, folder, S3."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.stores import new_bucket
from windlass.adapters import s3_objects
from windlass.adapters.folder_objects import FolderObjects
from windlass.adapters.memory.objects import MemoryObjects
from windlass.adapters.s3_objects import S3Objects
from windlass.domain.errors import InputError
from windlass.ports.objects import Objects, StoredObject

S3 = ["moto_s3", pytest.param("minio_s3", marks=pytest.mark.real)]


@pytest.fixture(params=["memory", "folder", *S3])
def objects(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Objects]:
    if request.param == "memory":
        yield MemoryObjects()
    elif request.param == "folder":
        yield FolderObjects(tmp_path / "bucket", "windlass")
    else:
        yield from connected(request, request.param)


@pytest.fixture(params=S3)
def s3(request: pytest.FixtureRequest) -> Iterator[Objects]:
    yield from connected(request, request.param)


def connected(request: pytest.FixtureRequest, server: str) -> Iterator[S3Objects]:
    connection = request.getfixturevalue(server)
    adapter = S3Objects(connection, new_bucket(connection))
    yield adapter
    adapter.close()


def test_what_was_never_stored_is_none(objects: Objects) -> None:
    assert objects.get("bundles/none") is None
    assert objects.list("") == ()


@pytest.mark.parametrize(
    "key",
    ["a", "bundles/sha256/aa/manifest.json", "año/ü 1+2=3%.json", "a/.hidden", "a..b/c...", "x/~y"],
)
def test_what_was_stored_is_read_back(objects: Objects, key: str) -> None:
    objects.put(key, b"\x00content\xff")
    assert objects.get(key) == b"\x00content\xff"
    assert objects.list("") == (StoredObject(key, 9),)


def test_an_empty_object_is_not_a_missing_one(objects: Objects) -> None:
    objects.put("empty", b"")
    assert objects.get("empty") == b""
    assert objects.list("empty") == (StoredObject("empty", 0),)


def test_a_second_write_replaces_the_first(objects: Objects) -> None:
    objects.put("a/b", b"a longer content")
    objects.put("a/b", b"short")
    assert objects.get("a/b") == b"short"
    assert objects.list("a") == (StoredObject("a/b", 5),)


def test_a_folder_is_no_object(objects: Objects) -> None:
    objects.put("a/b/c", b"1")
    assert objects.get("a/b") is None
    objects.delete("a/b")
    assert objects.get("a/b/c") == b"1"


def test_below_an_object_there_is_nothing(objects: Objects) -> None:
    objects.put("a", b"1")
    assert objects.get("a/b") is None
    assert objects.list("a/") == ()
    objects.delete("a/b")
    assert objects.get("a") == b"1"


@pytest.mark.parametrize(
    ("prefix", "wanted"),
    [
        ("", ["a/1", "a/2", "ab/1", "b"]),
        ("a", ["a/1", "a/2", "ab/1"]),
        ("a/", ["a/1", "a/2"]),
        ("a/1", ["a/1"]),
        ("ab/1", ["ab/1"]),
        ("c", []),
        ("a/1/", []),
    ],
)
def test_a_list_has_what_begins_so_sorted(objects: Objects, prefix: str, wanted: list[str]) -> None:
    for key in ("b", "ab/1", "a/2", "a/1"):
        objects.put(key, b"1")
    assert [found.key for found in objects.list(prefix)] == wanted


def test_what_was_deleted_is_gone(objects: Objects) -> None:
    objects.put("a/b", b"1")
    objects.put("a/c", b"2")
    objects.delete("a/b")
    objects.delete("a/b")
    assert objects.get("a/b") is None
    assert [found.key for found in objects.list("a/")] == ["a/c"]


BAD_KEYS = ["", "/a", "a/", "a//b", "../a", "a/../b", "a/./b", "..", "a\0b", "a\nb", "é" * 600]


@pytest.mark.parametrize("key", BAD_KEYS)
def test_a_key_that_is_no_path_is_refused(objects: Objects, key: str) -> None:
    with pytest.raises(InputError, match="is no object key"):
        objects.put(key, b"1")
    with pytest.raises(InputError, match="is no object key"):
        objects.get(key)
    with pytest.raises(InputError, match="is no object key"):
        objects.delete(key)


@pytest.mark.parametrize("prefix", ["/", "/a", "../", "a/../b"])
def test_a_prefix_that_climbs_is_refused(objects: Objects, prefix: str) -> None:
    with pytest.raises(InputError, match="is no"):
        objects.list(prefix)


def test_readers_see_a_whole_object_while_it_is_replaced(objects: Objects) -> None:
    contents = [b"a" * 200_000, b"b" * 150_000]
    objects.put("x", contents[0])

    def write() -> None:
        for number in range(20):
            objects.put("x", contents[number % 2])

    with ThreadPoolExecutor(2) as threads:
        writers = [threads.submit(write) for _ in range(2)]
        while not all(writer.done() for writer in writers):
            assert objects.get("x") in contents
            assert [found.size for found in objects.list("x")] in ([200_000], [150_000])
        for writer in writers:
            writer.result()


def test_a_long_list_comes_in_several_pages(s3: Objects, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3_objects, "PAGE_SIZE", 10)
    keys = [f"trials/{number:04}.json" for number in range(25)]
    for key in keys:
        s3.put(key, b"{}")
    assert [found.key for found in s3.list("trials/")] == keys
