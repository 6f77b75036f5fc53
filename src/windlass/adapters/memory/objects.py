"""Twin of the object store."""

from threading import Lock

from windlass.adapters.memory.faults import Faults
from windlass.domain.content import checked_key, checked_prefix
from windlass.ports.objects import StoredObject


class MemoryObjects:
    """A bucket in a dict."""

    def __init__(self, bucket: str = "windlass", faults: Faults | None = None) -> None:
        self.bucket = bucket
        self._faults = faults or Faults()
        self._content: dict[str, bytes] = {}
        self._lock = Lock()

    def get(self, key: str) -> bytes | None:
        """Content of an object."""
        with self._faults.call("objects.get"), self._lock:
            return self._content.get(checked_key(key))

    def put(self, key: str, data: bytes) -> None:
        """Write a whole object."""
        with self._faults.call("objects.put", write=True), self._lock:
            self._content[checked_key(key)] = bytes(data)

    def list(self, prefix: str) -> tuple[StoredObject, ...]:
        """Objects whose key starts with `prefix`, sorted by key."""
        with self._faults.call("objects.list"), self._lock:
            wanted = checked_prefix(prefix)
            found = [
                StoredObject(key, len(data))
                for key, data in self._content.items()
                if key.startswith(wanted)
            ]
        return tuple(sorted(found))

    def delete(self, key: str) -> None:
        """Delete an object."""
        with self._faults.call("objects.delete", write=True), self._lock:
            self._content.pop(checked_key(key), None)
