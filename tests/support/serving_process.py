"""The real server as a process on free ports, with what tests say to it."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx

from tests.support.repository import ROOT
from tests.support.servers import free_port
from tests.support.serving_program import TOKEN
from windlass.adapters.folder_objects import FolderObjects
from windlass.adapters.wire import structure
from windlass.domain.bundle import Bundle
from windlass.domain.traffic import ServerReport
from windlass.services.bundles import write_bundle

PATIENCE = 60.0
"""Seconds; a busy machine starts processes slowly."""


def eventually(condition: Callable[[], bool]) -> None:
    """Wait until a condition holds."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.02)


def routed(bundle: Bundle, version: str) -> dict[str, str]:
    """Part of a routing document."""
    return {"version": version, "uri": "", "digest": bundle.digest}


class ServingProcess:
    """One server and its folders, which outlive the process."""

    def __init__(self, folder: Path) -> None:
        self.store = folder / "store"
        self.kept = folder / "kept"
        self.log = folder / "server.log"
        self.store.mkdir()
        self._process: subprocess.Popen[bytes] | None = None
        self._generation = 0

    def publish(self, *bundles: Bundle) -> None:
        """Put bundles into the object store."""
        for bundle in bundles:
            write_bundle(FolderObjects(self.store, "windlass"), bundle)

    def start(self, **settings: object) -> "ServingProcess":
        """Start it and wait until it listens; ready or not."""
        self.port, self.admin_port = free_port(), free_port()
        document = {
            "port": self.port,
            "admin_port": self.admin_port,
            "store": str(self.store),
            "kept": str(self.kept),
            **settings,
        }
        command = [sys.executable, "-m", "tests.support.serving_program", json.dumps(document)]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
        self.public = httpx.Client(
            base_url=f"http://127.0.0.1:{self.port}", trust_env=False, timeout=PATIENCE
        )
        self.admin = httpx.Client(
            base_url=f"http://127.0.0.1:{self.admin_port}",
            headers={"authorization": f"Bearer {TOKEN}"},
            trust_env=False,
            timeout=PATIENCE * 2,
        )
        eventually(self.listens)
        return self

    def listens(self) -> bool:
        """Whether it answers at all."""
        assert self.process.poll() is None, self.log.read_text()
        try:
            return self.admin.get("/stats").is_success and self.public.get("/healthz").is_success
        except httpx.TransportError:
            return False

    @property
    def process(self) -> "subprocess.Popen[bytes]":
        """The running process."""
        assert self._process is not None, "start it first"
        return self._process

    def route(
        self, champion: Bundle | None, candidate: Bundle | None = None, **rest: object
    ) -> ServerReport:
        """Send the next document; the champion is version 1 and the candidate version 2."""
        response = self.put(self.document(champion, candidate, **rest))
        assert response.status_code == 200, response.text
        return report_of(response)

    def document(
        self, champion: Bundle | None, candidate: Bundle | None = None, **rest: object
    ) -> Mapping[str, object]:
        """Write the next document."""
        self._generation += 1
        return {
            "generation": self._generation,
            "champion": champion and routed(champion, "1"),
            "candidate": candidate and routed(candidate, "2"),
            **rest,
        }

    def put(self, document: Mapping[str, object]) -> httpx.Response:
        """Send a document as it is."""
        return self.admin.put("/routing", json=document)

    def report(self) -> ServerReport:
        """Read its report."""
        return report_of(self.admin.get("/stats"))

    def predict(self, x: object = 1, key: str | None = None) -> httpx.Response:
        """Ask for one answer."""
        headers = {} if key is None else {"x-request-key": key}
        return self.public.post("/predict", json={"x": x}, headers=headers)

    def children(self) -> list[int]:
        """Processes it has started and that still run."""
        found = subprocess.run(
            ["pgrep", "-P", str(self.process.pid)], capture_output=True, text=True, check=False
        )
        return [int(line) for line in found.stdout.split()]

    def stop(self, number: int = signal.SIGKILL) -> int:
        """End it by a signal; its exit code."""
        self.process.send_signal(number)
        code = self.process.wait(PATIENCE)
        self._process = None
        for client in (self.public, self.admin):
            client.close()
        return code

    def close(self) -> None:
        """End it if it still runs."""
        if self._process is not None:
            self.stop()


def report_of(response: httpx.Response) -> ServerReport:
    """Parse a report as the operator does."""
    document: Any = response.json()
    return structure(ServerReport, document, "report")


def alive(process: int) -> bool:
    """Whether a process runs; a zombie does not."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    state = subprocess.run(
        ["ps", "-o", "stat=", "-p", str(process)], capture_output=True, text=True, check=False
    )
    return bool(state.stdout.strip()) and not state.stdout.strip().startswith("Z")
