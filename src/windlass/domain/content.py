"""Content digests: what "the same data" and "the same bundle" mean."""

import hashlib
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from windlass.domain.names import Digest


class Entry(NamedTuple):
    """One file of a dataset or bundle."""

    path: str
    size: int
    sha256: str
    """Hexadecimal digest of the content."""


def entry(path: str, data: bytes) -> Entry:
    """Describe a file by its content."""
    return Entry(path, len(data), hashlib.sha256(data).hexdigest())


def digest_of(entries: Iterable[Entry]) -> Digest:
    """Digest of a set of files: sha256 over the sorted lines `path size sha256`."""
    text = "".join(f"{path} {size} {sha256}\n" for path, size, sha256 in sorted(entries))
    return Digest("sha256:" + hashlib.sha256(text.encode()).hexdigest())


def digest_files(files: Mapping[str, bytes]) -> Digest:
    """Digest of files held in memory."""
    return digest_of(entry(path, data) for path, data in files.items())
