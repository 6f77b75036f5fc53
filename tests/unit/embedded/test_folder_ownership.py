"""One platform per folder, and what is known of who runs there."""

import os
import stat
from pathlib import Path

import pytest

from windlass.bootstrap.folder import Folder
from windlass.bootstrap.ownership import owned, running_pid
from windlass.domain.errors import InputError


def test_the_owner_is_known_while_it_owns(tmp_path: Path) -> None:
    folder = Folder(tmp_path / ".windlass")
    assert running_pid(folder) is None
    with owned(folder):
        assert running_pid(folder) == os.getpid()
    assert running_pid(folder) is None


def test_a_second_owner_is_told_who_runs(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    with owned(folder):
        said = rf"runs in .* already \(process {os.getpid()}\)"
        with pytest.raises(InputError, match=said), owned(folder):
            pass
        assert running_pid(folder) == os.getpid()


def test_what_a_killed_owner_left_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "lock").write_text("4194999")
    folder = Folder(tmp_path)
    assert running_pid(folder) is None
    with owned(folder):
        assert running_pid(folder) == os.getpid()


def test_nobody_else_can_look_into_the_folder(tmp_path: Path) -> None:
    folder = Folder(tmp_path / ".windlass")
    with owned(folder):
        assert stat.S_IMODE(folder.root.stat().st_mode) == 0o700


def test_the_folder_is_kept_out_of_git(tmp_path: Path) -> None:
    with owned(Folder(tmp_path)):
        assert (tmp_path / ".gitignore").read_text() == "*\n"


def test_a_folder_that_cannot_be_made_is_the_users_mistake(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="can't write to"), owned(Folder(tmp_path / "file" / "x")):
        pass
