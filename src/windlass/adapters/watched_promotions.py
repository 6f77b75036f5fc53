"""A promotion store that remembers what its process has seen of it.

One promotion is always read afresh: an operator that is cut off from the API server does nothing.
Who else there is of a model is answered from what reads, writes and the watch told last, as any
controller does it; the server would go through all objects for every such question.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from windlass.adapters.promotion_rules import oldest_first
from windlass.domain.errors import WindlassError
from windlass.domain.names import ModelName
from windlass.domain.promotion.promotion import Promotion, PromotionKey
from windlass.domain.promotion.spec import PromotionSpec
from windlass.domain.promotion.status import PromotionStatus
from windlass.ports.promotions import Promotions


@dataclass(slots=True)
class _Known:
    """The newest seen state of each, found by key and by model."""

    by_key: dict[PromotionKey, Promotion] = field(default_factory=dict)
    by_model: dict[ModelName, set[PromotionKey]] = field(default_factory=dict)

    def put(self, promotion: Promotion) -> None:
        known = self.by_key.get(promotion.key)
        if known is not None and known.spec.model != promotion.spec.model:
            self.drop(promotion.key)  # another of the same name
        self.by_key[promotion.key] = promotion
        self.by_model.setdefault(promotion.spec.model, set()).add(promotion.key)

    def drop(self, key: PromotionKey) -> None:
        known = self.by_key.pop(key, None)
        if known is None:
            return
        keys = self.by_model[known.spec.model]
        keys.discard(key)
        if not keys:
            del self.by_model[known.spec.model]

    def replace(self, key: PromotionKey, promotion: Promotion | None) -> None:
        if promotion is None:
            self.drop(key)
        else:
            self.put(promotion)

    def of(self, model: ModelName | None) -> list[Promotion]:
        """All, or those of one model."""
        if model is None:
            return list(self.by_key.values())
        return [self.by_key[key] for key in self.by_model.get(model, ())]


@dataclass(slots=True)
class WatchedPromotions:
    """The Promotions port over another; for many threads."""

    store: Promotions
    _known: _Known = field(default_factory=_Known)
    _stale: set[PromotionKey] = field(default_factory=set)
    """Known to be no longer what is known of them."""
    _complete: bool = False
    """Whether all were listed once, since when the watch tells of every other."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def saw(self, promotion: Promotion) -> bool:
        """The watch told of a state; whether it was news."""
        with self._lock:
            known = self._known.by_key.get(promotion.key)
            if known is not None and _version(known) >= _version(promotion):
                return False
            self._known.put(promotion)
            self._stale.discard(promotion.key)
            return True

    def saw_gone(self, promotion: Promotion) -> None:
        """The watch told of a deletion; somebody else may have the name by now."""
        with self._lock:
            known = self._known.by_key.get(promotion.key)
            if known is not None and _version(known) <= _version(promotion):
                self._known.drop(promotion.key)

    def get(self, key: PromotionKey) -> Promotion | None:
        """Read one."""
        known = self._known.by_key.get(key)
        found = self.store.get(key)
        with self._lock:
            self._stale.discard(key)
            if self._known.by_key.get(key) is known:
                # nobody told of anything newer meanwhile, so this is: also after a backup's return
                self._known.replace(key, found)
                return found
        return found if found is None else self._learned(found)

    def list(self, model: ModelName | None = None) -> tuple[Promotion, ...]:
        """Read all, or say what is known of one model's; oldest first."""
        if model is None or not self._complete:
            self._read_all()
        for key in tuple(self._stale):
            known = self._known.by_key.get(key)
            if known is not None and model in (None, known.spec.model):
                self.get(key)
        with self._lock:
            found = self._known.of(model)
        return tuple(sorted(found, key=oldest_first))

    def apply(
        self, key: PromotionKey, spec: PromotionSpec, annotations: Mapping[str, str]
    ) -> Promotion:
        """Create it, or change its spec and add annotations."""
        return self._written(key, lambda: self.store.apply(key, spec, annotations))

    def write_status(self, promotion: Promotion, status: PromotionStatus) -> Promotion:
        """Replace the status."""
        return self._written(promotion.key, lambda: self.store.write_status(promotion, status))

    def annotate(self, promotion: Promotion, changes: Mapping[str, str | None]) -> Promotion:
        """Set annotations; None removes one."""
        return self._written(promotion.key, lambda: self.store.annotate(promotion, changes))

    def finalize(self, promotion: Promotion, finalized: bool) -> Promotion:
        """Set or remove our finalizer."""
        return self._written(promotion.key, lambda: self.store.finalize(promotion, finalized))

    def delete(self, key: PromotionKey) -> None:
        """Ask for its deletion."""
        self.store.delete(key)
        self._stale.add(key)

    def _read_all(self) -> None:
        """Learn all; those known before that are not listed are gone."""
        with self._lock:
            before = dict(self._known.by_key)
        listed = {promotion.key: promotion for promotion in self.store.list()}
        with self._lock:
            for key in before.keys() | listed.keys():
                if self._known.by_key.get(key) is before.get(key):
                    self._known.replace(key, listed.get(key))
        self._complete = True

    def _learned(self, promotion: Promotion) -> Promotion:
        """Keep a state unless a newer one is known; the newest of the two."""
        self.saw(promotion)
        return self._known.by_key.get(promotion.key, promotion)

    def _written(self, key: PromotionKey, write: Callable[[], Promotion]) -> Promotion:
        try:
            written = write()
        except WindlassError:
            # refused, or done although the answer was lost
            self._stale.add(key)
            raise
        self.saw(written)
        if written.deleted and not (written.finalized or written.foreign_finalizers):
            self.saw_gone(written)
        return written


def _version(promotion: Promotion) -> int:
    """Kubernetes counts all writes with one number, so that the higher one is the newer."""
    return int(promotion.resource_version)
