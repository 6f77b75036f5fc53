"""One embedded platform: its children, its record, and the reconciler, from start to stop."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from threading import Event

from windlass.adapters.platform_file import (
    PlatformRecord,
    ProcessRecord,
    read_record,
    write_record,
)
from windlass.adapters.server_admin import Endpoint
from windlass.adapters.server_registry import ServerRegistry
from windlass.bootstrap.environment import child_environment
from windlass.bootstrap.folder import Folder
from windlass.bootstrap.ownership import owned
from windlass.domain.errors import SystemUnavailable
from windlass.domain.names import ModelName
from windlass.embedded import plans
from windlass.embedded.children import GRACE_SECONDS, LeashedChild, Plan
from windlass.embedded.health import is_healthy
from windlass.embedded.reconciling import Reconciling
from windlass.embedded.site import (
    NOWHERE,
    choose_addresses,
    choose_server,
    connections_of,
    ports_of,
    used_ports,
)
from windlass.embedded.supervisor import Supervised, Supervisor
from windlass.pipelines import names
from windlass.settings import Connections, EmbeddedSettings, ServerSettings

ALWAYS_SERVED = ModelName("predictive-maintenance")
"""Its server runs from the start; those of other models once they have a promotion."""

REDIS_WARNING = "redis keeps nothing: what is written to it is gone when the platform stops"

_TICK_SECONDS = 0.1


@dataclass(slots=True, kw_only=True)
class Platform:
    """Runs in the thread that calls `run`, until `stopping` is set."""

    folder: Folder
    wanted: EmbeddedSettings
    tell: Callable[[str], None]
    ready: Event = field(default_factory=Event)
    """Set once every child has been healthy."""
    stopping: Event = field(default_factory=Event)
    connections: Connections = NOWHERE
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    _supervisor: Supervisor = field(init=False)
    _last: Connections = NOWHERE
    _reconciling: Reconciling | None = None
    _published: PlatformRecord | None = None

    def run(self) -> None:
        """Own the folder, run everything, and leave nothing behind but state."""
        with owned(self.folder) as shared_lock:
            self._supervisor = Supervisor(
                start=partial(LeashedChild, shared_lock=shared_lock),
                is_healthy=lambda plan: is_healthy(plan.health),
                clock=time.monotonic,
                tell=self.tell,
            )
            try:
                self._begin()
                while not self.stopping.wait(_TICK_SECONDS):
                    self._tick()
            finally:
                self._end()

    @property
    def children(self) -> tuple[Supervised, ...]:
        """What runs."""
        return self._supervisor.children

    def _begin(self) -> None:
        last = read_record(self.folder.root)
        self._last = last.connections if last else NOWHERE
        addresses = choose_addresses(self.wanted, self._last)
        self.connections = connections_of(self.folder, addresses)
        self.tell(f"starting; {REDIS_WARNING}")
        for sign in self.folder.signs.iterdir():
            sign.unlink()
        site = self._site()
        starting = [
            plans.prefect_plan(site, addresses),
            plans.mlflow_plan(site, addresses),
            plans.redis_plan(site, addresses),
            plans.flows_plan(site, addresses),
            self._inference_plan(ALWAYS_SERVED, self.wanted.serving_port),
        ]
        # the children read it
        self._publish()
        self._supervisor.add(starting)

    def _tick(self) -> None:
        self._supervisor.tick()
        if self._reconciling is None and self._supervisor.ready:
            self._reconciling = Reconciling.start(self.folder.root)
            self.ready.set()
        if self._reconciling is not None:
            self._watch(self._reconciling)
        self._publish()

    def _watch(self, reconciling: Reconciling) -> None:
        try:
            models = reconciling.watch() or frozenset()
        except SystemUnavailable as fault:
            self.tell(str(fault))
            return
        for model in sorted(models & set(names()) - self.connections.inference.servers.keys()):
            self.tell(f"starting an inference server for {model}")
            self._supervisor.add([self._inference_plan(ModelName(model), 0)])

    def _inference_plan(self, model: ModelName, wanted: int) -> Plan:
        """Give a model's server its ports, and tell those who speak to it."""
        last = self._last.inference.servers.get(model)
        server = choose_server(wanted, last, used_ports(self.connections))
        self.connections = _with_server(self.connections, model, server)
        endpoint = Endpoint(server=model, admin_url=server.admin_url)
        ServerRegistry(self.folder.serving).write(model, [endpoint])
        return plans.inference_plan(self._site(), model, *ports_of(server))

    def _site(self) -> plans.Site:
        return plans.Site(
            folder=self.folder, environment=partial(child_environment, self.folder.root)
        )

    def _publish(self) -> None:
        record = PlatformRecord(
            pid=os.getpid(),
            started_at=self.started_at,
            state="ready" if self.ready.is_set() else "starting",
            connections=self.connections,
            processes=tuple(_told(one) for one in self._supervisor.children),
        )
        if record != self._published:
            write_record(self.folder.root, record)
            self._published = record

    def _end(self) -> None:
        """Stop all at once; nothing outlives its grace."""
        if self._reconciling is not None:
            self._reconciling.stop()
        running = self._supervisor.stop()
        deadline = time.monotonic() + GRACE_SECONDS + 1
        while running and time.monotonic() < deadline:
            time.sleep(0.05)
            running = tuple(child for child in running if child.exit_code() is None)
        for child in running:
            child.kill()


def _with_server(connections: Connections, model: str, server: ServerSettings) -> Connections:
    servers = {**connections.inference.servers, model: server}
    inference = connections.inference.model_copy(update={"servers": servers})
    return connections.model_copy(update={"inference": inference})


def _told(one: Supervised) -> ProcessRecord:
    return ProcessRecord(
        name=one.plan.name,
        pid=one.child.pid if one.child else 0,
        url=one.plan.url,
        health=one.plan.health,
        log=one.plan.log,
    )
