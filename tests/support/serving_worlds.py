"""Serving as a contract suite sees it: simulated servers, or a real server process."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Protocol

import httpx

from tests.support import fake_model
from tests.support.processes import wait_for
from tests.support.servers import free_port
from tests.support.serving_program import TOKEN
from windlass.adapters.folder_objects import FolderObjects
from windlass.adapters.http_serving import HttpServing, routing_file
from windlass.adapters.memory.clock import MemoryClock
from windlass.adapters.memory.server import Behaviour
from windlass.adapters.memory.serving import MemoryServing
from windlass.adapters.server_admin import Endpoint, ServerAdmin
from windlass.adapters.server_registry import ServerRegistry
from windlass.domain.bundle import bundle_prefix
from windlass.domain.names import Digest, ModelName, Version
from windlass.domain.routing import Routed
from windlass.ports.serving import Serving
from windlass.services.bundles import write_bundle

MODEL = ModelName("fake-model")


class ServingWorld(Protocol):
    """One server of one model, and what happens to it."""

    @property
    def serving(self) -> Serving: ...

    def publish(self, version: str, *, broken: bool = False) -> Routed:
        """Store a bundle; a broken one fails when it is loaded."""

    def request(self, count: int) -> None:
        """Send requests."""

    def stop(self) -> None:
        """End the server's process."""

    def start(self) -> None:
        """Start it again."""


@dataclass(slots=True)
class TwinServing:
    """The twin."""

    clock: MemoryClock = field(default_factory=MemoryClock)
    serving: MemoryServing = field(init=False)

    def __post_init__(self) -> None:
        self.serving = MemoryServing([MODEL], clock=self.clock)

    def publish(self, version: str, *, broken: bool = False) -> Routed:
        digest = Digest(f"sha256:{version:0>64}")
        if broken:
            self.serving.behave(digest, Behaviour(problem="its golden request failed"))
        return Routed(version=Version(version), uri=bundle_prefix(digest), digest=digest)

    def request(self, count: int) -> None:
        self.serving.traffic(MODEL, count)

    def stop(self) -> None:
        self.serving.server(MODEL).silent = True

    def start(self) -> None:
        self.clock.advance(timedelta(seconds=1))
        self.serving.server(MODEL).silent = False
        self.serving.restart(MODEL)


@dataclass(slots=True)
class ProcessServing:
    """A server process with models that only multiply."""

    root: Path
    port: int
    admin: Endpoint
    serving: HttpServing
    process: "subprocess.Popen[bytes] | None" = None

    def publish(self, version: str, *, broken: bool = False) -> Routed:
        bundle = fake_model.bundle(float(version), on_load="raise" if broken else None)
        write_bundle(FolderObjects(self.root / "store", "windlass"), bundle)
        uri = bundle_prefix(bundle.digest)
        return Routed(version=Version(version), uri=uri, digest=bundle.digest)

    def request(self, count: int) -> None:
        with httpx.Client(base_url=f"http://127.0.0.1:{self.port}", trust_env=False) as client:
            for number in range(count):
                client.post("/predict", json={"x": number}).raise_for_status()

    def start(self) -> None:
        settings = {
            "port": self.port,
            "admin_port": int(self.admin.admin_url.rpartition(":")[2]),
            "store": str(self.root / "store"),
            "kept": str(self.root / "kept"),
            "routing_file": str(routing_file(self.root, MODEL)),
            "limits": {"settle_seconds": 20},
        }
        with (self.root / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.support.serving_program", json.dumps(settings)],
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        wait_for(self._listens, seconds=30)

    def stop(self) -> None:
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def _listens(self) -> bool:
        try:
            return httpx.get(f"{self.admin.admin_url}/stats", trust_env=False).status_code == 401
        except httpx.RequestError:
            return False


@contextmanager
def process_serving(root: Path) -> Iterator[ProcessServing]:
    """Run a server process until the block ends."""
    port = free_port()
    admin_port = free_port()
    endpoint = Endpoint(server=f"127.0.0.1:{port}", admin_url=f"http://127.0.0.1:{admin_port}")
    registry = ServerRegistry(root)
    registry.write(MODEL, [endpoint])
    admin = ServerAdmin(TOKEN)
    world = ProcessServing(root, port, endpoint, HttpServing(root, registry.endpoints, admin))
    try:
        world.start()
        yield world
    finally:
        world.stop()
        admin.close()
