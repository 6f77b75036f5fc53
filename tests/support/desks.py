"""A server's desk with a loaded champion, and a process that answers as it is told."""

from collections.abc import Callable

from tests.support import fake_model
from windlass.domain.names import Digest, ModelName, Version
from windlass.domain.routing import Routed, Routing
from windlass.serving.candidate import Candidate
from windlass.serving.champion import Champion, Production
from windlass.serving.desk import Desk
from windlass.serving.guard import Failure
from windlass.serving.link import Receiver
from windlass.serving.scoring import Call, Outcome

BUNDLE = fake_model.bundle(2.0, on_x={"7": "raise"})
CHAMPION = Routed(version=Version("1"), uri="", digest=BUNDLE.digest)
CANDIDATE = Routed(version=Version("2"), uri="", digest=Digest("sha256:" + "2" * 64))
OTHER = Routed(version=Version("3"), uri="", digest=Digest("sha256:" + "3" * 64))
FAILURES_IN_A_ROW = 5


class StubProcess:
    """Answers with `outcome`, or holds requests back while that is None."""

    def __init__(self, outcome: Outcome | None = None) -> None:
        self.outcome = outcome
        self.held: list[Receiver] = []
        self.calls: list[Call] = []
        self.closed = False
        self._lost: Callable[[], None] = self.die

    @property
    def busy(self) -> bool:
        """Whether requests are held back."""
        return bool(self.held)

    def on_loss(self, act: Callable[[], None]) -> None:
        """Remember whom to tell."""
        self._lost = act

    def submit(self, call: Call, receive: Receiver) -> None:
        """Answer at once, or not yet."""
        self.calls.append(call)
        if self.outcome is None:
            self.held.append(receive)
        else:
            receive(self.outcome)

    def die(self) -> None:
        """End as a process does that is killed."""
        self._lost()
        held, self.held = self.held, []
        for receive in held:
            receive(Failure("its process is gone"))

    async def close(self) -> None:
        """Note it."""
        self.closed = True

    async def end(self) -> str:
        """Note it."""
        self.closed = True
        return "ended"


def production(desk: Desk) -> Production:
    """Load the champion."""
    champion = Champion.load(fake_model, CHAMPION, BUNDLE)
    assert isinstance(champion, Champion)
    return Production(champion, desk.tally(CHAMPION))


def desk_with(routing: Routing) -> Desk:
    """Obey a document: its champion is loaded, its candidate welcome but without a process."""
    desk = Desk(ModelName("fake-model"), "pod")
    desk.replace(routing)
    if routing.champion is not None:
        desk.production = production(desk)
    if routing.candidate is not None:
        tally = desk.tally(routing.candidate)
        desk.candidate = Candidate(routing.candidate, tally, FAILURES_IN_A_ROW)
        desk.candidate.weight, desk.candidate.shadow = routing.weight, routing.shadow
    return desk
