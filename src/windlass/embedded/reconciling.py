"""The reconciler of an embedded platform, woken as soon as somebody writes to the store."""

from dataclasses import dataclass, field
from pathlib import Path

from windlass.bootstrap.ports import Ports, embedded_ports
from windlass.domain.names import ModelName
from windlass.domain.promotion.promotion import Promotion, PromotionKey
from windlass.services.reconciler import Reconciler
from windlass.services.schedule import Schedule

Asked = tuple[int, bool, tuple[tuple[str, str], ...]]


def asked(promotion: Promotion) -> Asked:
    """What people, not the reconciler, write: a change of it is a reason to look at once."""
    return promotion.generation, promotion.deleted, tuple(sorted(promotion.annotations.items()))


@dataclass(slots=True, kw_only=True)
class Reconciling:
    """A running schedule and the watch that wakes it."""

    ports: Ports
    schedule: Schedule
    _revision: int = -1
    _seen: dict[PromotionKey, Asked] = field(default_factory=dict)

    @classmethod
    def start(cls, folder: Path) -> "Reconciling":
        """Begin, once the systems are there."""
        ports = embedded_ports(folder)
        schedule = Schedule(Reconciler(ports.outside))
        schedule.start()
        return cls(ports=ports, schedule=schedule)

    def watch(self) -> frozenset[ModelName] | None:
        """Wake what changed; returns the models of all promotions, None when nothing changed."""
        revision = self.ports.promotions.changes()
        if revision == self._revision:
            return None
        promotions = self.ports.promotions.list()
        now = {promotion.key: asked(promotion) for promotion in promotions}
        for promotion in promotions:
            if self._seen.get(promotion.key) != now[promotion.key]:
                self.schedule.wake(promotion.key, promotion.spec.model)
        self._seen, self._revision = now, revision
        return frozenset(promotion.spec.model for promotion in promotions)

    def stop(self) -> None:
        """Finish what is under way and close the clients."""
        self.schedule.stop()
        self.ports.close()
