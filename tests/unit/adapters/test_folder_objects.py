"""The folder store under what only a folder meets."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.processes import wait_for
from windlass.adapters.files import UNFINISHED
from windlass.adapters.folder_objects import FolderObjects
from windlass.domain.errors import InputError, SystemUnavailable

WRITER = """
import sys
from pathlib import Path
from windlass.adapters.folder_objects import FolderObjects

store = FolderObjects(Path(sys.argv[1]), "windlass")
while True:
    for letter in (b"a", b"b"):
        store.put("deep/er/object", letter * 2_000_000)
"""


def test_after_a_kill_in_the_middle_of_a_write_the_object_is_whole(tmp_path: Path) -> None:
    store = FolderObjects(tmp_path, "windlass")
    for _ in range(3):
        process = subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)])
        wait_for(lambda: any(tmp_path.rglob(f"{UNFINISHED}*")), seconds=30)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        content = store.get("deep/er/object")
        assert content is None or (len(content), len(set(content))) == (2_000_000, 1)
        assert {found.key for found in store.list("")} <= {"deep/er/object"}


def test_an_unfinished_file_is_not_listed(tmp_path: Path) -> None:
    store = FolderObjects(tmp_path, "windlass")
    store.put("a/b", b"1")
    (tmp_path / "a" / f"{UNFINISHED}cafe").write_bytes(b"half")
    assert [found.key for found in store.list("")] == ["a/b"]


def test_no_key_may_look_like_an_unfinished_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no part may begin with"):
        FolderObjects(tmp_path, "windlass").put(f"a/{UNFINISHED}x", b"")


def test_a_write_that_fails_leaves_the_old_content_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = FolderObjects(tmp_path, "windlass")
    store.put("a", b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(SystemUnavailable, match=r"object store: .*a: No space left on device"):
        store.put("a", b"new")
    assert store.get("a") == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_what_is_a_file_and_a_folder_at_once_is_refused(tmp_path: Path) -> None:
    store = FolderObjects(tmp_path, "windlass")
    store.put("a/b", b"1")
    with pytest.raises(InputError, match="a part of it is a file and a folder"):
        store.put("a", b"2")
    with pytest.raises(InputError, match="a part of it is a file and a folder"):
        store.put("a/b/c", b"2")
    assert store.get("a/b") == b"1"


def test_a_name_too_long_for_the_disk_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="File name too long"):
        FolderObjects(tmp_path, "windlass").put("x" * 300, b"")


def test_a_folder_nobody_has_made_yet_is_empty(tmp_path: Path) -> None:
    store = FolderObjects(tmp_path / "new", "windlass")
    assert store.list("") == ()
    store.put("a", b"1")
    assert store.get("a") == b"1"
