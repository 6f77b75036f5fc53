"""Inference servers that are processes on this machine.

The routing document is a file, which a server reads when it starts; then every server is told over
its admin port. Several processes may apply documents: a lock makes compare-and-write one act.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from windlass.adapters import wire
from windlass.adapters.files import locked, write_atomically
from windlass.adapters.routing_rules import replaces
from windlass.adapters.server_admin import Endpoint, ServerAdmin
from windlass.domain.content import checked_key
from windlass.domain.errors import InputError, SystemUnavailable
from windlass.domain.names import ModelName
from windlass.domain.routing import Routing
from windlass.domain.traffic import ServerReport

_SYSTEM = "serving"


def routing_file(root: Path, model: ModelName) -> Path:
    """File that holds a model's document; its server is started with it."""
    if "/" in model:
        raise InputError(f"{model!r} is no model's name: it has a slash in it")
    return root / "routing" / checked_key(f"{model}.json")


class HttpServing:
    """Documents below `root`, and the servers that `endpoints` names. Thread-safe."""

    def __init__(
        self, root: Path, endpoints: Callable[[ModelName], Sequence[Endpoint]], admin: ServerAdmin
    ) -> None:
        self._root = root
        self._endpoints = endpoints
        self._admin = admin

    def served(self, model: ModelName) -> bool:
        """Whether any server is set up for the model, running or not."""
        return bool(self._endpoints(model))

    def routing(self, model: ModelName) -> Routing | None:
        """Return the stored document."""
        path = routing_file(self._root, model)
        try:
            return wire.structure(Routing, json.loads(path.read_bytes()), "routing")
        except FileNotFoundError:
            return None
        except (OSError, ValueError, InputError) as error:
            # not an empty document: the servers go on with what they have
            raise SystemUnavailable(_SYSTEM, f"{path} can't be read: {error}") from error

    def apply(self, model: ModelName, routing: Routing) -> None:
        """Store the document and push it to every server whose report differs."""
        with self._locked(model):
            if replaces(self.routing(model), routing):
                document = json.dumps(wire.unstructure(routing)).encode()
                write_atomically(routing_file(self._root, model), document)
        self._admin.bring(self._endpoints(model), routing)

    def reports(self, model: ModelName) -> tuple[ServerReport, ...]:
        """Reports of every server; SystemUnavailable when one is silent."""
        return self._admin.reports(self._endpoints(model))

    @contextmanager
    def _locked(self, model: ModelName) -> Iterator[None]:
        path = routing_file(self._root, model).with_suffix(".lock")
        try:
            with locked(path):
                yield
        except OSError as error:
            raise SystemUnavailable(_SYSTEM, f"{path}: {error.strerror}") from error
