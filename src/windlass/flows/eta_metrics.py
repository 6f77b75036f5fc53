"""What `/metrics` of the streaming runtime tells."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server

from windlass.domain.errors import InputError
from windlass.services.eta.runtime import Runtime
from windlass.services.eta.stages import Tick

_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2, 5, 10)


class EtaMetrics:
    """Counters and ages; `steady` is the clock of the runtime."""

    def __init__(self, steady: Callable[[], float]) -> None:
        self.registry = CollectorRegistry()
        self._steady = steady
        self._ticked_at = steady()
        self._newest_at: float | None = None
        self._oldest_at: float | None = None
        self._predictions = self._counter("predictions", "Vehicles that were predicted.")
        self._unchanged = self._counter("unchanged", "Snapshots that were predicted already.")
        self._failures = self._counter("tick_failures", "Ticks that could not predict anything.")
        self._rejected = Counter(
            "windlass_eta_rejected",
            "Snapshots without prediction.",
            ["reason"],
            registry=self.registry,
        )
        self._seconds = Histogram(
            "windlass_eta_tick_seconds",
            "Time of a tick.",
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._model = Gauge(
            "windlass_eta_model", "1 for the model in use.", ["model_key"], registry=self.registry
        )
        age = Gauge(
            "windlass_eta_prediction_age_seconds",
            "Age of the newest and of the oldest prediction that has not expired; NaN: none.",
            ["which"],
            registry=self.registry,
        )
        age.labels("newest").set_function(lambda: self._since(self._newest_at))
        age.labels("oldest").set_function(lambda: self._since(self._oldest_at))
        last = Gauge(
            "windlass_eta_last_tick_age_seconds",
            "Time since the last tick that met no fault.",
            registry=self.registry,
        )
        last.set_function(lambda: self._since(self._ticked_at))

    def ticked(self, runtime: Runtime, tick: Tick) -> None:
        """Count a tick."""
        if tick.problem:
            self._failures.inc()
        else:
            self._ticked_at = self._steady()
            self._seconds.observe(tick.seconds)
        self._predictions.inc(tick.predicted)
        self._unchanged.inc(tick.unchanged)
        for reason, count in tick.reasons.items():
            self._rejected.labels(reason.value).inc(count)
        times = runtime.place.remembered.times(self._steady())
        self._newest_at, self._oldest_at = times or (None, None)
        if runtime.shelf.model is not None:
            self._model.clear()
            self._model.labels(runtime.shelf.model.key).set(1)

    def _counter(self, name: str, told: str) -> Counter:
        return Counter(f"windlass_eta_{name}", told, registry=self.registry)

    def _since(self, moment: float | None) -> float:
        return float("nan") if moment is None else self._steady() - moment


@contextmanager
def served(metrics: EtaMetrics, port: int) -> Iterator[None]:
    """Serve `/metrics` meanwhile; 0: do not."""
    if not port:
        yield
        return
    try:
        server, thread = start_http_server(port, registry=metrics.registry)
    except OSError as error:
        raise InputError(
            f"metrics_port {port} can't be used: {error.strerror}; give another, or 0 for none"
        ) from error
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
