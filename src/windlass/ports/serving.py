"""The inference servers of a model: their routing document and what they report."""

from typing import Protocol

from windlass.domain.names import ModelName
from windlass.domain.routing import Routing
from windlass.domain.traffic import ServerReport


class Serving(Protocol):
    """Writes the routing document first, then tells every running server."""

    def served(self, model: ModelName) -> bool:
        """Whether any Windlass server is set up for the model, running or not."""

    def routing(self, model: ModelName) -> Routing | None:
        """Return the stored document."""

    def apply(self, model: ModelName, routing: Routing) -> None:
        """Store the document, unless a higher generation is stored (Conflict), and push it to
        every server whose report differs. A server that does not answer is left to a later try.
        """

    def reports(self, model: ModelName) -> tuple[ServerReport, ...]:
        """Reports of every server that gets traffic; SystemUnavailable when one is silent."""
