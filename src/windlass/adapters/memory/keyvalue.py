"""Twin of the key-value store."""

from threading import Lock

from windlass.adapters.memory.faults import Faults


class MemoryKeyValue:
    """Documents in a dict of dicts."""

    def __init__(self, faults: Faults | None = None) -> None:
        self._faults = faults or Faults()
        self._documents: dict[str, dict[str, str]] = {}
        self._lock = Lock()

    def read(self, key: str, field: str) -> str | None:
        """Value of a field."""
        with self._faults.call("keyvalue.read"), self._lock:
            return self._documents.get(key, {}).get(field)

    def write(self, key: str, field: str, value: str | None) -> None:
        """Set a field, or remove it."""
        with self._faults.call("keyvalue.write", write=True), self._lock:
            document = self._documents.setdefault(key, {})
            if value is None:
                document.pop(field, None)
            else:
                document[field] = value
