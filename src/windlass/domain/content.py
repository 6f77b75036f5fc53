"""Content: its digest (what "the same data" and "the same bundle" mean) and its address."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from windlass.domain.errors import InputError
from windlass.domain.names import Digest

MAX_KEY_BYTES = 1024
"""As in S3."""

_URI = re.compile(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/(.*))?")


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


class Place(NamedTuple):
    """Where an object, or a folder of objects, lies."""

    bucket: str
    key: str
    """Without a slash at either end; empty for the whole bucket."""


def split_uri(uri: str) -> Place:
    """Read `s3://bucket/key`; InputError for anything else."""
    found = _URI.fullmatch(uri)
    if found is None:
        raise InputError(f"{uri!r} is no address of an object: it looks like s3://bucket/prefix")
    key = (found[2] or "").removesuffix("/")
    return Place(found[1], checked_key(key) if key else "")


def key_of(uri: str, bucket: str) -> str:
    """Key behind an address in `bucket`; InputError when it names another one."""
    place = split_uri(uri)
    if place.bucket != bucket:
        raise InputError(f"{uri} lies in bucket {place.bucket}; only bucket {bucket} can be read")
    return place.key


def checked_key(key: str) -> str:
    """Return the key of an object, or raise InputError: a key is a path that can't climb."""
    if (
        not key.isprintable()
        or len(key.encode()) > MAX_KEY_BYTES
        or any(part in ("", ".", "..") for part in key.split("/"))
    ):
        raise InputError(f"{key[:100]!r} is no object key: it must be a path without . and ..")
    return key


def checked_prefix(prefix: str) -> str:
    """Return the beginning of keys, or raise InputError as for a key; empty means all."""
    if prefix.removesuffix("/"):
        checked_key(prefix.removesuffix("/"))
    elif prefix:
        raise InputError(f"{prefix!r} is no beginning of an object key: keys begin without a slash")
    return prefix
