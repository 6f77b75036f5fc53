"""What the streaming runtime reads and writes: vehicles, the stops of their routes, predictions.

Ids are the part of a key behind its prefix. Values are JSON as others wrote it: whoever reads them
has to expect anything.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol


class VehicleFeed(Protocol):
    """Positions of vehicles come in, predictions go out."""

    def vehicles(self) -> frozenset[str]:
        """Ids of all vehicles that have a snapshot now."""

    def snapshots(self, vehicles: Sequence[str]) -> tuple[bytes | None, ...]:
        """What is known of each vehicle, in their order."""

    def stops(self, routes: Sequence[str]) -> tuple[bytes | None, ...]:
        """Stops of each route, in their order."""

    def predictions(self, vehicles: Sequence[str]) -> tuple[bytes | None, ...]:
        """Last prediction for each vehicle that has not expired, in their order."""

    def write(self, predictions: Mapping[str, bytes], seconds: int) -> None:
        """Replace the predictions of some vehicles; they expire after so many seconds."""

    def settings(self) -> bytes | None:
        """Settings that people and promotions change while the runtime runs."""
