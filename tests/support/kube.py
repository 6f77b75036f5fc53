"""A cluster, through kubectl and helm, as a user has it."""

import base64
import json
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

Document = dict[str, Any]
Found = TypeVar("Found")

LOCAL = ("kind-", "k3d-", "minikube", "docker-desktop", "windlass-local")
"""Contexts that tests may break things in."""


class CommandFailed(AssertionError):
    """A command that a test expected to succeed."""


def run(command: Sequence[str], *, text: str = "", seconds: float = 120) -> str:
    """Standard output of a command."""
    ended = subprocess.run(
        command, input=text, capture_output=True, text=True, timeout=seconds, check=False
    )
    if ended.returncode != 0:
        raise CommandFailed(f"{' '.join(command)}\n{ended.stdout}\n{ended.stderr}")
    return ended.stdout


def until(condition: Callable[[], Found | None], seconds: float, what: str) -> Found:
    """Wait for something true; AssertionError says what never came, and the last fault."""
    deadline, fault = time.monotonic() + seconds, ""
    while True:
        try:
            if found := condition():
                return found
        except (CommandFailed, OSError) as error:
            fault = str(error)
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not come in {seconds:.0f} s. {fault}")
        time.sleep(0.2)


@dataclass(frozen=True, slots=True)
class Kube:
    """One namespace of a cluster."""

    kubeconfig: Path
    namespace: str

    def kubectl(self, *arguments: str, text: str = "", seconds: float = 120) -> str:
        """Output of kubectl."""
        own = ("--kubeconfig", str(self.kubeconfig), "--namespace", self.namespace)
        return run(["kubectl", *own, *arguments], text=text, seconds=seconds)

    def helm(self, *arguments: str, seconds: float = 900) -> str:
        """Output of helm."""
        own = ("--kubeconfig", str(self.kubeconfig), "--namespace", self.namespace)
        return run(["helm", *arguments, *own], seconds=seconds)

    def get(self, *arguments: str) -> Document:
        """What kubectl get answers, as a document."""
        found: Document = json.loads(self.kubectl("get", *arguments, "-o", "json"))
        return found

    def items(self, *arguments: str) -> list[Document]:
        """What kubectl get lists."""
        found: list[Document] = self.get(*arguments)["items"]
        return found

    def apply(self, *documents: Mapping[str, object]) -> None:
        """Create or change objects."""
        body = {"apiVersion": "v1", "kind": "List", "items": list(documents)}
        self.kubectl("apply", "-f", "-", text=json.dumps(body))

    def whoami(self) -> str:
        """User that the API server takes us for."""
        found: Document = json.loads(self.kubectl("auth", "whoami", "-o", "json"))
        return str(found["status"]["userInfo"]["username"])

    def secret(self, name: str, key: str) -> str:
        """A value of a Secret."""
        return base64.b64decode(self.get("secret", name)["data"][key]).decode()

    def execute(self, target: str, *command: str, seconds: float = 120) -> str:
        """Output of a command in a pod; `target` like `deploy/x` or `pod/x -c y`."""
        return self.kubectl("exec", *target.split(), "--", *command, seconds=seconds)

    @contextmanager
    def forwarded(self, target: str, port: int) -> Iterator[str]:
        """Address here that leads to a port of a pod or service."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            own = free.getsockname()[1]
        command = ["kubectl", "--kubeconfig", str(self.kubeconfig), "--namespace", self.namespace]
        command += ["port-forward", "--address", "127.0.0.1", target, f"{own}:{port}"]
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as process:
            try:
                line = process.stdout.readline() if process.stdout else ""
                if "Forwarding" not in line:
                    raise CommandFailed(f"{' '.join(command)}\n{line}")
                yield f"http://127.0.0.1:{own}"
            finally:
                process.terminate()
