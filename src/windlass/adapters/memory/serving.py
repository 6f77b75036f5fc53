"""Twin of serving: simulated servers, and the script of what happens to them."""

from collections.abc import Iterable, Set
from threading import RLock

from windlass.adapters.memory.clock import MemoryClock
from windlass.adapters.memory.faults import Faults
from windlass.adapters.memory.server import Behaviour, MemoryServer
from windlass.adapters.routing_rules import replaces
from windlass.domain.errors import SystemUnavailable
from windlass.domain.names import Digest, ModelName
from windlass.domain.routing import Routing
from windlass.domain.traffic import ServerReport
from windlass.ports.clock import Clock


class MemoryServing:
    """Begins with one server, named `<model>-0`, of each model."""

    def __init__(
        self,
        models: Iterable[ModelName] = (),
        *,
        clock: Clock | None = None,
        faults: Faults | None = None,
    ) -> None:
        self._clock = clock or MemoryClock()
        self._faults = faults or Faults()
        self._lock = RLock()
        self._stored: dict[ModelName, Routing] = {}
        self._servers: dict[ModelName, list[MemoryServer]] = {}
        self._history: dict[ModelName, list[Routing]] = {}
        self._behaviours: dict[Digest, Behaviour] = {}
        for model in models:
            self.add_server(model)

    def served(self, model: ModelName) -> bool:
        """Whether any server is set up for the model."""
        with self._faults.call("serving.served"), self._lock:
            return model in self._servers

    def routing(self, model: ModelName) -> Routing | None:
        """Return the stored document."""
        with self._faults.call("serving.routing"), self._lock:
            return self._stored.get(model)

    def apply(self, model: ModelName, routing: Routing) -> None:
        """Store the document and push it to every server."""
        with self._faults.call("serving.apply", write=True), self._lock:
            if replaces(self._stored.get(model), routing):
                self._stored[model] = routing
                self._history.setdefault(model, []).append(routing)
            for server in self._servers.get(model, ()):
                server.obey(routing)

    def reports(self, model: ModelName) -> tuple[ServerReport, ...]:
        """Reports of every server; SystemUnavailable when one is silent."""
        with self._faults.call("serving.reports"), self._lock:
            servers = self._servers.get(model, ())
            for server in servers:
                if server.silent:
                    raise SystemUnavailable("serving", f"{server.name} did not answer")
            return tuple(server.report() for server in servers)

    def add_server(self, model: ModelName) -> MemoryServer:
        """Start one more server, which reads the stored document."""
        with self._lock:
            servers = self._servers.setdefault(model, [])
            name = f"{model}-{len(servers)}"
            added = MemoryServer(name=name, started=self._clock.now(), behaviours=self._behaviours)
            added.obey(self._stored.get(model, added.routing))
            servers.append(added)
        return added

    def server(self, model: ModelName, index: int = 0) -> MemoryServer:
        """One of the servers, to be made silent, deaf or suspended."""
        return self._servers[model][index]

    def restart(self, model: ModelName, index: int = 0) -> None:
        """Kill a server's process and start it again: its counts are lost."""
        with self._lock:
            self.server(model, index).restart(self._clock.now(), self._stored.get(model))

    def behave(self, digest: Digest, behaviour: Behaviour) -> None:
        """Say how a bundle answers, or why it can't be loaded from now on."""
        self._behaviours[digest] = behaviour

    def traffic(
        self,
        model: ModelName,
        requests: int = 100,
        *,
        errors: int = 0,
        failing: Set[Digest] = frozenset(),
    ) -> None:
        """Let requests arrive, spread evenly over the servers, split as they are told.

        `errors` of them fail on the candidate (on the champion where there is none), and all that
        reach a bundle of `failing`.
        """
        with self._lock:
            servers = self._servers[model]
            for index, server in enumerate(servers):
                server.answer(
                    _part(requests, len(servers), index),
                    _part(errors, len(servers), index),
                    failing,
                )

    def history(self, model: ModelName) -> tuple[Routing, ...]:
        """Return every document that was ever stored, oldest first; repetitions left out."""
        return tuple(self._history.get(model, ()))


def _part(total: int, parts: int, index: int) -> int:
    return total * (index + 1) // parts - total * index // parts
