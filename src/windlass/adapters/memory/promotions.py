"""Twin of the promotion store."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from threading import RLock

from windlass.adapters.memory.clock import MemoryClock
from windlass.adapters.memory.faults import Faults
from windlass.adapters.promotion_rules import (
    Application,
    annotated,
    created,
    oldest_first,
    reapplied,
    unchanged_since,
)
from windlass.domain.names import ModelName
from windlass.domain.promotion.promotion import Promotion, PromotionKey
from windlass.domain.promotion.spec import PromotionSpec
from windlass.domain.promotion.status import PromotionStatus
from windlass.ports.clock import Clock


class MemoryPromotions:
    """Promotions in a dict, with a revision as the real stores have it."""

    def __init__(self, clock: Clock | None = None, faults: Faults | None = None) -> None:
        self._clock = clock or MemoryClock()
        self._faults = faults or Faults()
        self._stored: dict[PromotionKey, Promotion] = {}
        self._revision = 0
        self._lock = RLock()

    def get(self, key: PromotionKey) -> Promotion | None:
        """Read one."""
        with self._faults.call("promotions.get"), self._lock:
            return self._stored.get(key)

    def list(self, model: ModelName | None = None) -> tuple[Promotion, ...]:
        """Read all, or all of one model, oldest first."""
        with self._faults.call("promotions.list"), self._lock:
            found = [p for p in self._stored.values() if model in (None, p.spec.model)]
        return tuple(sorted(found, key=oldest_first))

    def apply(
        self, key: PromotionKey, spec: PromotionSpec, annotations: Mapping[str, str]
    ) -> Promotion:
        """Create it, or change its spec and add annotations."""
        applied = Application(key=key, spec=spec, annotations=annotations)
        with self._faults.call("promotions.apply", write=True), self._lock:
            current = self._stored.get(key)
            if current is None:
                return self._save(created(applied, self._clock.now()))
            return self._replace(current, reapplied(current, applied))

    def write_status(self, promotion: Promotion, status: PromotionStatus) -> Promotion:
        """Replace the status."""
        with self._faults.call("promotions.write_status", write=True):
            return self._change(promotion, lambda current: replace(current, status=status))

    def annotate(self, promotion: Promotion, changes: Mapping[str, str | None]) -> Promotion:
        """Set annotations; None removes one."""
        with self._faults.call("promotions.annotate", write=True):
            return self._change(promotion, lambda current: annotated(current, changes))

    def finalize(self, promotion: Promotion, finalized: bool) -> Promotion:
        """Set or remove our finalizer; a deleted one goes with it."""
        with self._faults.call("promotions.finalize", write=True):
            return self._change(promotion, lambda current: replace(current, finalized=finalized))

    def delete(self, key: PromotionKey) -> None:
        """Ask for its deletion: it goes once it carries no finalizer."""
        with self._faults.call("promotions.delete", write=True), self._lock:
            current = self._stored.get(key)
            if current is not None:
                self._replace(current, replace(current, deleted=True))

    def changes(self) -> int:
        """Return the revision: as long as it is the same, nothing changed."""
        with self._lock:
            return self._revision

    def _change(self, read: Promotion, change: Callable[[Promotion], Promotion]) -> Promotion:
        with self._lock:
            current = unchanged_since(read, self._stored.get(read.key))
            return self._replace(current, change(current))

    def _replace(self, current: Promotion, changed: Promotion) -> Promotion:
        if changed == current:
            return current
        if changed.deleted and not changed.finalized:
            del self._stored[current.key]
            self._revision += 1
            return changed
        return self._save(changed)

    def _save(self, promotion: Promotion) -> Promotion:
        self._revision += 1
        saved = replace(promotion, resource_version=str(self._revision))
        self._stored[saved.key] = saved
        return saved
