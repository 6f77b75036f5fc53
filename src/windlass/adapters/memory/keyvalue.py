"""Twin of the key-value store."""

from collections.abc import Callable
from threading import Lock
from time import monotonic

from windlass.adapters.memory.faults import Faults


class MemoryKeyValue:
    """Documents in a dict of dicts."""

    def __init__(
        self, faults: Faults | None = None, clock: Callable[[], float] = monotonic
    ) -> None:
        self._faults = faults or Faults()
        self._clock = clock
        self._ends: dict[str, float] = {}
        self._documents: dict[str, dict[str, str]] = {}
        self._lock = Lock()

    def read(self, key: str, field: str) -> str | None:
        """Value of a field."""
        with self._faults.call("keyvalue.read"), self._lock:
            self._forget(key)
            return self._documents.get(key, {}).get(field)

    def write(self, key: str, field: str, value: str | None) -> None:
        """Set a field, or remove it."""
        with self._faults.call("keyvalue.write", write=True), self._lock:
            self._forget(key)
            document = self._documents.setdefault(key, {})
            if value is None:
                document.pop(field, None)
            else:
                document[field] = value

    def expire(self, key: str, seconds: float) -> None:
        """Forget the document after so many seconds."""
        with self._faults.call("keyvalue.expire", write=True), self._lock:
            if key in self._documents:
                self._ends[key] = self._clock() + seconds

    def _forget(self, key: str) -> None:
        if self._clock() >= self._ends.get(key, float("inf")):
            del self._documents[key], self._ends[key]
