"""What `/metrics` of the operator tells."""

import time
from collections import Counter
from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Gauge, Histogram
from prometheus_client import Counter as PrometheusCounter

from windlass.domain.promotion.gates import GateResult
from windlass.domain.promotion.promotion import Promotion
from windlass.domain.promotion.status import Phase, PromotionStatus

_MINUTES = (1, 5, 15, 30, 60, 300, 900, 1800, 3600, 14400, 86400)


class Metrics:
    """Announcements port that counts."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._promotions = Gauge(
            "windlass_promotions", "Promotions by phase.", ["phase"], registry=self.registry
        )
        self._duration = Histogram(
            "windlass_promotion_seconds",
            "Time from a promotion's creation to its end.",
            ["model", "phase"],
            buckets=_MINUTES,
            registry=self.registry,
        )
        self._gates = Gauge(
            "windlass_gate_value",
            "A metric of the last judged candidate and champion.",
            ["model", "metric", "role"],
            registry=self.registry,
        )
        self._rollbacks = PrometheusCounter(
            "windlass_rollbacks", "Promotions taken back.", ["model"], registry=self.registry
        )
        self.faults = PrometheusCounter(
            "windlass_reconcile_errors",
            "Looks at a promotion that met a fault.",
            registry=self.registry,
        )
        self._age = Gauge(
            "windlass_watch_age_seconds",
            "Time since the last watch event or sweep.",
            registry=self.registry,
        )
        self._seen_at = self._tried_at = time.monotonic()
        self._age.set_function(self.age)

    def seen(self) -> None:
        """A watch event came, or a sweep succeeded."""
        self._seen_at = self._tried_at = time.monotonic()

    def tried(self) -> None:
        """A sweep was made, whatever came of it."""
        self._tried_at = time.monotonic()

    def idle(self) -> float:
        """Seconds since anything was seen or tried."""
        return time.monotonic() - self._tried_at

    def age(self) -> float:
        """Seconds since then."""
        return time.monotonic() - self._seen_at

    def counted(self, promotions: Iterable[Promotion]) -> None:
        """A sweep saw these."""
        self.seen()
        found = Counter(promotion.status.phase for promotion in promotions)
        for phase in Phase:
            self._promotions.labels(phase.value).set(found[phase])

    def changed(self, before: PromotionStatus, after: Promotion) -> None:
        """A status was written."""
        status, model = after.status, after.spec.model
        if status.gates != before.gates:
            self._judged(model, status.gates)
        if status.phase is before.phase:
            return
        if status.phase is Phase.ROLLED_BACK:
            self._rollbacks.labels(model).inc()
        if status.phase.terminal and status.finished_at is not None:
            seconds = (status.finished_at - after.created_at).total_seconds()
            self._duration.labels(model, status.phase.value).observe(seconds)

    def _judged(self, model: str, gates: Iterable[GateResult]) -> None:
        for gate in gates:
            values = {"candidate": gate.candidate, "champion": gate.champion}
            known = {role: value for role, value in values.items() if value is not None}
            for role, value in known.items():
                self._gates.labels(model, gate.metric, role).set(value)
