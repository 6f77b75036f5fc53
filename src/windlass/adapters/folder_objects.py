"""Object store in a folder: a key is a path below it."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from windlass.adapters.files import UNFINISHED, write_atomically
from windlass.domain.content import checked_key, checked_prefix
from windlass.domain.errors import InputError, SystemUnavailable
from windlass.ports.objects import StoredObject

_NOT_THERE = (FileNotFoundError, NotADirectoryError, IsADirectoryError)
_SETTINGS = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENAMETOOLONG, errno.ENOTDIR}
"""What trying again does not mend."""


class FolderObjects:
    """The bucket `bucket` is the folder `root`; several processes may use it at once."""

    def __init__(self, root: Path, bucket: str) -> None:
        self.bucket = bucket
        self._root = root

    def get(self, key: str) -> bytes | None:
        """Content of an object."""
        path = self._path(key)
        try:
            with _faults(path):
                return path.read_bytes()
        except _NOT_THERE:
            return None

    def put(self, key: str, data: bytes) -> None:
        """Write a whole object atomically."""
        path = self._path(key)
        try:
            with _faults(path):
                write_atomically(path, data)
        except (*_NOT_THERE, FileExistsError) as error:
            raise InputError(
                f"{key} can't be stored in {self._root}: a part of it is a file and a folder"
            ) from error

    def list(self, prefix: str) -> tuple[StoredObject, ...]:
        """Objects whose key starts with `prefix`, sorted by key."""
        folder = self._root / checked_prefix(prefix).rpartition("/")[0]
        with _faults(folder):
            found = [item for item in self._walk(folder) if item.key.startswith(prefix)]
        return tuple(sorted(found))

    def delete(self, key: str) -> None:
        """Delete an object; its folder stays."""
        path = self._path(key)
        try:
            with _faults(path):
                if not path.is_dir():
                    path.unlink()
        except _NOT_THERE:
            return

    def _path(self, key: str) -> Path:
        if any(part.startswith(UNFINISHED) for part in checked_key(key).split("/")):
            raise InputError(f"{key!r} is no object key: no part may begin with {UNFINISHED}")
        return self._root / key

    def _walk(self, folder: Path) -> Iterator[StoredObject]:
        for parent, _, names in os.walk(folder, onerror=_unless_gone):
            for name in names:
                path = Path(parent, name)
                if name.startswith(UNFINISHED):
                    continue
                try:
                    size = path.stat().st_size
                except FileNotFoundError:
                    continue  # deleted since the folder was read
                yield StoredObject(path.relative_to(self._root).as_posix(), size)


def _unless_gone(error: OSError) -> None:
    if not isinstance(error, _NOT_THERE):
        raise error


@contextmanager
def _faults(path: Path) -> Iterator[None]:
    try:
        yield
    except (*_NOT_THERE, FileExistsError):
        raise
    except OSError as error:
        if error.errno in _SETTINGS:
            advice = "check the folder, its permissions and the name"
            raise InputError(f"{path}: {error.strerror}; {advice}") from error
        raise SystemUnavailable("object store", f"{path}: {error.strerror}") from error
