"""Flow `prefect-eta-runtime`: predicts arrival times for as long as vehicles move.

Only wiring: what a tick does is in `windlass.services.eta`. Without end, its three tasks are
recorded once a minute and all other ticks leave no trace in Prefect's database.
"""

import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from windlass.services.eta.settings import (
    Layer,
    RuntimeSettings,
    block_layer,
    required,
)
from windlass.services.eta.sharing import Shard

if TYPE_CHECKING:
    from prefect.client.schemas.objects import FlowRun

    from windlass.bootstrap.eta import EtaPorts
    from windlass.services.eta.loop import Totals
    from windlass.services.eta.runtime import Layers

R = TypeVar("R")

_SETTINGS = frozenset(RuntimeSettings.__dataclass_fields__)


def tell_failure(flow: object, flow_run: "FlowRun", state: Any) -> None:
    """Alert that the runtime failed, and why."""
    from windlass.bootstrap.eta import eta_ports
    from windlass.flows.eta_reporting import FlowVoice
    from windlass.services.eta.settings import merge

    with eta_ports() as ports:
        parameters = Layer("parameters", _given(flow_run.parameters))
        block = block_layer(ports.blocks, flow_run.parameters.get("runtime_block") or "")
        blocks = merge((block, parameters)).settings.notification_blocks
        FlowVoice(ports.blocks).alert(
            blocks, "transit ETA: the runtime failed", f"{flow_run.name}: {state.message}"
        )


@flow(
    name="prefect-eta-runtime",
    persist_result=False,
    on_failure=[tell_failure],
    on_crashed=[tell_failure],
)
def eta_runtime(
    runtime_block: str = "",
    iterations: int = 0,
    poll_interval: float | None = None,
    max_batch: int | None = None,
    max_stops: int | None = None,
    model_key: str | None = None,
    notification_blocks: list[str] | None = None,
    profiling_artifact_key_prefix: str | None = None,
    predictions_ttl: int | None = None,
    zero_prediction_alert_threshold: int | None = None,
    redis_host: str | None = None,
    redis_port: int | None = None,
    redis_db: int | None = None,
    redis_password_secret: str | None = None,
    shard: int = 0,
    shards: int = 1,
    metrics_port: int = 0,
    folder: str = "",
) -> dict[str, object]:
    """Predict until it is stopped, or for a number of iterations.

    What is given here wins over Redis key `eta:settings`, which wins over the block. Of several
    shards each predicts its own vehicles. `metrics_port` serves /metrics; 0: not at all. `folder`
    gets the profiling CSVs.
    """
    from windlass.bootstrap.eta import eta_ports, profiling_folder
    from windlass.flows.termination import end_as_the_server_says
    from windlass.services.eta.runtime import Layers

    parameters = Layer("parameters", _given(locals()))
    share = Shard(shard, shards)
    with eta_ports() as ports, _stopping() as stop:
        layers = Layers(block=block_layer(ports.blocks, runtime_block), parameters=parameters)
        host = _Host(
            ports=ports,
            shard=share,
            metrics_port=metrics_port,
            folder=Path(folder) if folder else profiling_folder(),
        )
        totals = host.run(layers, iterations, stop)
    if stop.is_set():
        end_as_the_server_says()
    return totals.as_json()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Host:
    """What a runtime is built from."""

    ports: "EtaPorts"
    shard: Shard
    metrics_port: int
    folder: Path

    def run(self, layers: "Layers", iterations: int, stop: threading.Event) -> "Totals":
        """Build it and let it run."""
        from windlass.flows.eta_metrics import EtaMetrics, served
        from windlass.flows.eta_reporting import FlowReporter, FlowVoice
        from windlass.services.eta import loop
        from windlass.services.eta.models import ModelShelf, load_model
        from windlass.services.eta.runtime import Runtime
        from windlass.services.eta.stages import Workplace

        settings = required((layers.block, layers.parameters))
        ports, times = self.ports, SystemTimes()
        place = Workplace(feed=ports.feed(settings), times=times, shard=self.shard)
        shelf = ModelShelf(partial(load_model, ports.registry, ports.objects))
        voice, metrics = FlowVoice(ports.blocks), EtaMetrics(times.steady)
        reporter = FlowReporter(
            voice=voice,
            metrics=metrics,
            folder=self.folder,
            prefix=settings.profiling_artifact_key_prefix,
        )
        runtime = Runtime(place, layers, shelf, voice)
        with served(metrics, self.metrics_port):
            return loop.run(runtime, loop.Plan(iterations=iterations, stop=stop), record, reporter)


class SystemTimes:
    """The machine's clocks."""

    def now(self) -> datetime:
        """Return the time in UTC, aware."""
        return datetime.now(UTC)

    def steady(self) -> float:
        """Seconds of a clock that never jumps."""
        return time.monotonic()


def record(stage: Callable[..., R], *args: object) -> R:
    """Run a stage as a task of the flow run.

    The task takes and returns nothing: Prefect keeps what tasks return for as long as the flow
    runs, which would be some megabytes a minute.
    """
    kept: list[R] = []

    def work() -> None:
        kept.append(stage(*args))

    name = stage.__name__
    task(name=name, task_run_name=name, cache_policy=NO_CACHE, persist_result=False)(work)()
    return kept[0]


def _given(parameters: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in parameters.items() if name in _SETTINGS}


@contextmanager
def _stopping() -> Iterator[threading.Event]:
    """Set when the process shall end; then the current tick is the last."""
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        # only the main thread may handle signals
        yield stop
        return
    numbers = (signal.SIGTERM, signal.SIGINT)
    before = [(number, signal.signal(number, lambda *_: stop.set())) for number in numbers]
    try:
        yield stop
    finally:
        for number, handler in before:
            signal.signal(number, handler)
