"""Twin of the key-value store."""

import json
from collections.abc import Callable
from threading import Lock
from time import monotonic

from windlass.adapters.memory.faults import Faults
from windlass.domain.errors import InputError


class MemoryKeyValue:
    """Documents as JSON texts in a dict."""

    def __init__(
        self, faults: Faults | None = None, clock: Callable[[], float] = monotonic
    ) -> None:
        self._faults = faults or Faults()
        self._clock = clock
        self._ends: dict[str, float] = {}
        self._texts: dict[str, str] = {}
        self._lock = Lock()

    def read(self, key: str, field: str) -> str | None:
        """Value of a field; what is no text is given as JSON."""
        with self._faults.call("keyvalue.read"), self._lock:
            value = self._document(key).get(field)
        return value if value is None or isinstance(value, str) else json.dumps(value)

    def write(self, key: str, field: str, value: str | None) -> None:
        """Set a field, or remove it."""
        with self._faults.call("keyvalue.write", write=True), self._lock:
            document = self._document(key)
            if value is None:
                document.pop(field, None)
            else:
                document[field] = value
            self._texts[key] = json.dumps(document)
            if not document:
                self._drop(key)

    def whole(self, key: str) -> str | None:
        """The text under a key."""
        with self._faults.call("keyvalue.read"), self._lock:
            self._forget(key)
            return self._texts.get(key)

    def replace(self, key: str, text: str) -> None:
        """Set the text under a key."""
        with self._faults.call("keyvalue.write", write=True), self._lock:
            self._drop(key)
            self._texts[key] = text

    def expire(self, key: str, seconds: float) -> None:
        """Forget the document after so many seconds."""
        with self._faults.call("keyvalue.expire", write=True), self._lock:
            if key in self._texts:
                self._ends[key] = self._clock() + seconds

    def _document(self, key: str) -> dict[str, object]:
        self._forget(key)
        document = json.loads(self._texts.get(key, "{}"))
        if not isinstance(document, dict):
            raise InputError(f"key {key} holds no JSON object: mend it or choose another key")
        return document

    def _forget(self, key: str) -> None:
        if self._clock() >= self._ends.get(key, float("inf")):
            self._drop(key)

    def _drop(self, key: str) -> None:
        self._texts.pop(key, None)
        self._ends.pop(key, None)
