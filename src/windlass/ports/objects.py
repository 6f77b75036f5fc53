"""The object store (S3, or a folder)."""

from typing import NamedTuple, Protocol


class StoredObject(NamedTuple):
    """One listed object."""

    key: str
    size: int


class Objects(Protocol):
    """One bucket. Keys are paths with `/`, without a leading one."""

    bucket: str

    def get(self, key: str) -> bytes | None:
        """Content of an object."""

    def put(self, key: str, data: bytes) -> None:
        """Write a whole object atomically: readers see the old content or the new."""

    def list(self, prefix: str) -> tuple[StoredObject, ...]:
        """Objects whose key starts with `prefix`, sorted by key."""

    def delete(self, key: str) -> None:
        """Delete an object; a missing one changes nothing."""
