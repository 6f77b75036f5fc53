"""The running reconciler of the operator."""

import logging
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field

from windlass.adapters.promotion_documents import Document
from windlass.adapters.watched_promotions import WatchedPromotions
from windlass.bootstrap.operator import OperatorPorts, operator_ports
from windlass.domain.errors import InputError, WindlassError
from windlass.domain.promotion.promotion import Promotion
from windlass.domain.promotion.status import PromotionStatus
from windlass.operator.metrics import Metrics
from windlass.operator.pages import serve_pages
from windlass.ports.announcements import Announcements
from windlass.services.farewell import let_go
from windlass.services.reconciler import Reconciler
from windlass.services.schedule import Schedule
from windlass.settings import Settings

_LOG = logging.getLogger(__name__)

PORT = 8080
"""Of metrics and health."""

SILENT_SECONDS = 60.0
"""Without any watch event or try of a sweep for so long, the operator does nothing any more."""
BLIND_SECONDS = 900.0
"""Without one that succeeded: an outage of the API server is no reason to restart any sooner, for
each restart lets Kubernetes wait longer before the next."""

WORKERS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Watching:
    """What becomes of the events of the watch."""

    schedule: Schedule
    watched: WatchedPromotions
    read: Callable[[Document], Promotion]

    def saw(self, kind: str | None, document: Document) -> None:
        """Keep what an event says, and look at what another than us changed.

        Those of the first list of a watch have no kind.
        """
        try:
            promotion = self.read(document)
        except InputError as error:
            _LOG.warning("%s", error)
            return
        if kind == "DELETED":
            self.watched.saw_gone(promotion)
            return
        if self.watched.saw(promotion) or kind is None:
            self.schedule.wake(promotion.key, promotion.spec.model, routine=kind is None)


class LoggedPhases:
    """Announcements port that writes one line for each new phase."""

    def changed(self, before: PromotionStatus, after: Promotion) -> None:
        """A status was written."""
        status = after.status
        if status.phase is not before.phase:
            _LOG.info("%s: %s to %s: %s", after.key, before.phase, status.phase, status.message)


@dataclass(slots=True, kw_only=True)
class Operating:
    """A schedule, its systems and its metrics."""

    schedule: Schedule
    watching: Watching
    metrics: Metrics
    ports: OperatorPorts
    _open: ExitStack = field(default_factory=ExitStack)

    @classmethod
    def start(cls, settings: Settings) -> "Operating":
        """Begin to reconcile, and to serve metrics."""
        # each request, and each event of the watch
        for name in ("httpx", "kopf.objects"):
            logging.getLogger(name).setLevel(logging.WARNING)
        metrics, stack = Metrics(), ExitStack()
        listeners: list[Announcements] = [metrics, LoggedPhases()]
        ports = stack.enter_context(operator_ports(settings, listeners, WORKERS + 1))
        schedule = Schedule(
            Reconciler(ports.outside),
            workers=WORKERS,
            on_sweep=metrics.counted,
            on_round=metrics.tried,
            on_fault=metrics.faults.inc,
        )
        watching = Watching(schedule=schedule, watched=ports.watched, read=ports.read)
        operating = cls(
            schedule=schedule, watching=watching, metrics=metrics, ports=ports, _open=stack
        )
        serve_pages(PORT, metrics.registry, operating.trouble)
        schedule.start()
        return operating

    def saw(self, kind: str | None, document: Document) -> None:
        """An event of the watch."""
        self.metrics.seen()
        self.watching.saw(kind, document)

    def trouble(self) -> str:
        """What is wrong with this process; empty when nothing is."""
        if not self.schedule.alive:
            return "a thread of the reconciler has died"
        idle, age = self.metrics.idle(), self.metrics.age()
        if idle > SILENT_SECONDS:
            return f"nothing done for {idle:.0f} s"
        return f"nothing seen for {age:.0f} s" if age > BLIND_SECONDS else ""

    def stop(self) -> None:
        """Finish what is under way; where the whole namespace ends, let go of its promotions.

        Kubernetes deletes a namespace's pods first: nobody would be there to do it later.
        """
        self.schedule.stop()
        try:
            if self.ports.namespace_ends():
                let_go(self.ports.outside.promotions, _LOG.info)
        except WindlassError as fault:
            _LOG.warning("at the end: %s", fault)
        self._open.close()
