"""A simulated inference server: obeys documents, loads bundles, counts requests. No model in it."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import datetime

from windlass.domain.names import Digest
from windlass.domain.routing import NOTHING, Routed, Routing
from windlass.domain.sketch import Sketch, bucket_of
from windlass.domain.traffic import ServerReport, VersionTraffic


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """How a bundle answers."""

    latency_ms: float = 1.0
    scores: Sequence[float] = (0.5,)
    """Given in turn."""
    problem: str | None = None
    """Why it can't be loaded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """Requests that one bundle is asked to answer at once."""

    requests: int
    errors: int
    shadow: bool = False


@dataclass(slots=True, kw_only=True)
class MemoryServer:
    """One server process; `behaviours` is shared by all of them."""

    name: str
    started: datetime
    behaviours: Mapping[Digest, Behaviour]
    routing: Routing = NOTHING
    champion: Routed | None = None
    candidate: Routed | None = None
    champion_problem: str | None = None
    candidate_problem: str | None = None
    suspended: bool = False
    silent: bool = False
    """It does not answer at all."""
    deaf: bool = False
    """It answers, but never takes a document on."""
    _counts: dict[Digest, VersionTraffic] = field(default_factory=dict)
    _remainder: int = 0

    def obey(self, routing: Routing) -> None:
        """Take a document on, unless it knows a newer one, and load what it names."""
        if self.silent or self.deaf or routing.generation < self.routing.generation:
            return
        if routing == self.routing:
            return
        if routing.weight != self.routing.weight:
            self._remainder = 0
        self.routing, self.suspended = routing, False
        self._load_champion(routing.champion)
        self._load_candidate(routing.candidate)
        self._forget_unused()

    def restart(self, now: datetime, routing: Routing | None) -> None:
        """Begin anew with the stored document; all counts are lost."""
        self.started = now
        self.routing, self.champion, self.candidate = NOTHING, None, None
        self._counts.clear()
        self.obey(routing or NOTHING)

    def answer(self, requests: int, errors: int, failing: Set[Digest]) -> None:
        """Count requests; `errors` of them fail on the bundle that is judged.

        That is the candidate, or the champion when it is alone. Bundles of `failing` always fail.
        """
        if self.silent or self.champion is None:
            return
        tried = self._tried(requests)
        judged = self.candidate if tried else self.champion
        shares = {self.champion.digest: requests if self._shadows else requests - tried}
        if self.candidate is not None:
            shares[self.candidate.digest] = tried
        for digest, share in shares.items():
            failed = share if digest in failing else 0
            if judged is not None and digest == judged.digest:
                failed = max(failed, min(errors, share))
            self._count(digest, Share(requests=share, errors=failed, shadow=self._shadows))

    def report(self) -> ServerReport:
        """Acknowledgement and counts."""
        return ServerReport(
            server=self.name,
            started=self.started,
            routing=self.routing,
            champion_loaded=self.champion.digest if self.champion else None,
            champion_problem=self.champion_problem,
            candidate_loaded=self.candidate.digest if self.candidate else None,
            candidate_problem=self.candidate_problem,
            suspended=self.suspended,
            versions=dict(self._counts),
        )

    @property
    def _shadows(self) -> bool:
        return self.routing.shadow and self.candidate is not None and not self.suspended

    def _tried(self, requests: int) -> int:
        """How many of the requests the candidate scores: exact over any number of calls."""
        if self.candidate is None or self.suspended:
            return 0
        if self.routing.shadow:
            return requests
        share, self._remainder = divmod(self._remainder + requests * self.routing.weight, 100)
        return share

    def _problem(self, routed: Routed | None) -> str | None:
        behaviour = self.behaviours.get(routed.digest) if routed else None
        return behaviour.problem if behaviour else None

    def _load_champion(self, wanted: Routed | None) -> None:
        self.champion_problem = self._problem(wanted)
        if self.champion_problem is None:
            self.champion = wanted
            self._open_count(wanted)

    def _load_candidate(self, wanted: Routed | None) -> None:
        before = self.candidate
        self.candidate_problem = self._problem(wanted)
        self.candidate = wanted if self.candidate_problem is None else None
        self._open_count(self.candidate)
        if self.champion is not None and self.candidate is not None and before != self.candidate:
            digest = self.champion.digest
            self._counts[digest] = replace(self._counts[digest], shadow_scores=Sketch())

    def _open_count(self, routed: Routed | None) -> None:
        if routed is not None and routed.digest not in self._counts:
            self._counts[routed.digest] = VersionTraffic(version=routed.version)

    def _forget_unused(self) -> None:
        loaded = {routed.digest for routed in (self.champion, self.candidate) if routed}
        self._counts = {digest: kept for digest, kept in self._counts.items() if digest in loaded}

    def _count(self, digest: Digest, share: Share) -> None:
        behaviour = self.behaviours.get(digest, Behaviour())
        before = self._counts[digest]
        answered = share.requests - share.errors
        given = _in_turn(behaviour.scores, before.scores.total, answered)
        self._counts[digest] = replace(
            before,
            requests=before.requests + share.requests,
            errors=before.errors + share.errors,
            latency=before.latency.plus(_in_turn([behaviour.latency_ms], 0, answered)),
            scores=before.scores.plus(given),
            shadow_scores=before.shadow_scores.plus(given)
            if share.shadow
            else before.shadow_scores,
        )


def _in_turn(values: Sequence[float], start: int, count: int) -> Sketch:
    """Sketch of `count` values taken in turn; `start` of them were taken before."""
    counts: dict[int, int] = {}
    size = len(values)
    for index, value in enumerate(values):
        taken = (count + size - 1 - (index - start) % size) // size
        if taken:
            bucket = bucket_of(value)
            counts[bucket] = counts.get(bucket, 0) + taken
    return Sketch(counts)
