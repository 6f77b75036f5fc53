"""What the server has and obeys right now. Everything here changes in the event loop only."""

from datetime import UTC, datetime

from windlass.domain.errors import Conflict
from windlass.domain.names import Digest, ModelName
from windlass.domain.routing import NOTHING, Routed, Routing
from windlass.domain.traffic import ServerReport
from windlass.serving.candidate import Candidate
from windlass.serving.champion import Production
from windlass.serving.counters import Tally


class Desk:
    """One server's state."""

    def __init__(self, model: ModelName, server: str) -> None:
        self.model = model
        self.server = server
        self.started = datetime.now(UTC)
        self.routing = NOTHING
        self.production: Production | None = None
        self.candidate: Candidate | None = None
        self.asking = True
        """Whether the registry may yet name a champion: it was just asked for the first time."""
        self.champion_problem: str | None = None
        """Why the champion that the routing names is not loaded."""
        self._tallies: dict[Digest, Tally] = {}

    def obey(self, routing: Routing) -> bool:
        """Take a document on unless it is the same; Conflict when a newer one is obeyed."""
        current = self.routing
        if routing.generation < current.generation:
            raise Conflict(f"generation {current.generation} is obeyed; send a higher one")
        if routing == current:
            return False
        if routing.generation == current.generation:
            known = f"generation {current.generation} has another content here"
            raise Conflict(f"{known}; send a higher generation")
        self.replace(routing)
        return True

    def replace(self, routing: Routing) -> None:
        """Obey a document whatever its generation. What can be taken back at once, is."""
        self.routing = routing
        candidate = self.candidate
        if candidate is None:
            return
        digest = candidate.routed.digest
        if routing.candidate is not None and routing.candidate.digest == digest:
            candidate.renew()
            candidate.weight, candidate.shadow = routing.weight, routing.shadow
        elif routing.champion is None or routing.champion.digest != digest:
            candidate.weight, candidate.shadow = 0, False
        # else it is promoted: it keeps its share until the champion is swapped

    def tally(self, routed: Routed) -> Tally:
        """Counts of a bundle, from its first load to its last use."""
        tally = self._tallies.setdefault(routed.digest, Tally(routed.version))
        # the same bundle may be registered once more, under a new version
        tally.version = routed.version
        return tally

    def forget_unused(self) -> None:
        """Drop the counts of bundles that are neither loaded nor named."""
        used = self.used()
        self._tallies = {digest: tally for digest, tally in self._tallies.items() if digest in used}

    def used(self) -> frozenset[Digest]:
        """Bundles that are loaded or named."""
        named = [self.routing.champion, self.routing.candidate]
        loaded = [
            self.production.champion.routed if self.production else None,
            self.candidate.routed if self.candidate else None,
        ]
        return frozenset(routed.digest for routed in named + loaded if routed is not None)

    @property
    def ready(self) -> bool:
        """Whether to send it traffic: no champion is wanted, or one is loaded.

        The previous champion counts while the next one loads or can't be loaded: it answers.
        """
        if self.production is not None:
            return True
        return self.routing.champion is None and not (self.asking and self.routing == NOTHING)

    def report(self) -> ServerReport:
        """Acknowledgement and counts."""
        production, candidate = self.production, self.candidate
        loaded = candidate is not None and candidate.loaded
        return ServerReport(
            server=self.server,
            started=self.started,
            routing=self.routing,
            champion_loaded=production.champion.routed.digest if production else None,
            champion_problem=self.champion_problem,
            candidate_loaded=candidate.routed.digest if candidate and loaded else None,
            candidate_problem=candidate.problem if candidate else None,
            suspended=candidate is not None and candidate.suspended,
            versions={digest: tally.traffic() for digest, tally in self._tallies.items()},
        )
