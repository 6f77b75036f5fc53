"""Twin of the feature store."""

from bisect import bisect_right
from collections.abc import Sequence
from threading import Lock

from windlass.adapters.memory.faults import Faults
from windlass.ports.features import Ask, FeatureRow, FeatureSet, Values


class MemoryFeatures:
    """Rows in a dict."""

    def __init__(self, faults: Faults | None = None) -> None:
        self._faults = faults or Faults()
        self._rows: dict[tuple[str, str], dict[str, list[FeatureRow]]] = {}
        self._lock = Lock()

    def write(self, kind: FeatureSet, dataset: str, rows: Sequence[FeatureRow]) -> None:
        """Replace the rows of a dataset."""
        with self._faults.call("features.write", write=True), self._lock:
            found: dict[str, list[FeatureRow]] = {}
            for row in sorted(rows, key=lambda row: row.moment):
                found.setdefault(row.entity, []).append(row)
            self._rows[kind.name, dataset] = found

    def as_of(self, kind: FeatureSet, dataset: str, asks: Sequence[Ask]) -> list[Values | None]:
        """Newest values of each entity at its moment."""
        with self._faults.call("features.as_of"), self._lock:
            known = self._rows.get((kind.name, dataset), {})
            return [_at(known.get(ask.entity, []), ask.moment) for ask in asks]


def _at(rows: Sequence[FeatureRow], moment: int) -> Values | None:
    place = bisect_right(rows, moment, key=lambda row: row.moment)
    return rows[place - 1].values if place else None
