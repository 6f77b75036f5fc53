"""What a server counted: the facts a canary is judged by."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from windlass.domain.names import Digest, Version
from windlass.domain.routing import Routing
from windlass.domain.sketch import Sketch


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionTraffic:
    """Counters of one bundle in one server process, since it was loaded there."""

    version: Version
    requests: int = 0
    """Answered or tried, shadow included; bad input (4xx) does not count."""
    errors: int = 0
    """Exceptions, missed deadlines, crashes, a full queue: the champion answered instead."""
    latency: Sketch = field(default_factory=Sketch)
    """Milliseconds of scoring."""
    scores: Sketch = field(default_factory=Sketch)
    shadow_scores: Sketch = field(default_factory=Sketch)
    """Scores of requests that both versions scored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerReport:
    """One server's `GET /stats`: its acknowledgement of the routing and its counters."""

    server: str
    """Pod name, or host and port."""
    started: datetime
    """Start of the serving process; a later one than before means it restarted."""
    routing: Routing
    """The document it obeys."""
    champion_loaded: Digest | None = None
    """The bundle that answers; the previous one while the routing's is not loaded."""
    champion_problem: str | None = None
    """Why the champion that the routing names could not be loaded."""
    candidate_loaded: Digest | None = None
    """Set once the candidate's process has loaded it and repeated its golden request."""
    candidate_problem: str | None = None
    """Why the candidate could not be loaded or failed its probe."""
    suspended: bool = False
    """The server stopped sending to the candidate by itself: five failures in a row."""
    versions: Mapping[Digest, VersionTraffic] = field(default_factory=dict)

    def acknowledges(self, routing: Routing) -> bool:
        """Whether it obeys `routing` and has loaded all that it names."""
        wanted_champion = routing.champion.digest if routing.champion else None
        wanted_candidate = routing.candidate.digest if routing.candidate else None
        return (
            self.routing.generation >= routing.generation
            and self.routing.same_traffic(routing)
            and self.champion_loaded == wanted_champion
            and self.candidate_loaded == wanted_candidate
        )
