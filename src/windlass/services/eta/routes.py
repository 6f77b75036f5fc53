"""Stops of the routes that are driven, kept for a while: they hardly ever change."""

from collections.abc import Mapping, Sequence, Set

from windlass.ports.vehicles import VehicleFeed
from windlass.services.eta.snapshots import Reason, read_stops

KEPT_SECONDS = 60.0
"""So long a change of a route's stops may go unseen."""

Stops = Sequence[Mapping[str, object]]


class RouteStops:
    """What is known of each route; a route without usable stops is looked up each time."""

    def __init__(self) -> None:
        self.known: dict[str, Stops] = {}
        """The very same object as long as a route's stops are the same."""
        self._raw: dict[str, bytes] = {}
        self._until: dict[str, float] = {}
        self._bad: set[str] = set()

    def refresh(self, feed: VehicleFeed, routes: Set[str], now: float) -> None:
        """Read what is not known, or known for too long. `now` is seconds of a steady clock."""
        due = sorted(route for route in routes if self._until.get(route, now) <= now)
        if not due:
            return
        for route, raw in zip(due, feed.stops(due), strict=True):
            if raw is None or raw != self._raw.get(route):
                self._forget(route)
                self._learn(route, raw)
            if route in self.known:
                self._until[route] = now + KEPT_SECONDS

    def why_not(self, route: str) -> tuple[Reason, str]:
        """Why there are no stops of a route."""
        if route in self._bad:
            return Reason.BAD_ROUTE, f"route_stops:{route} holds no JSON list of stops"
        return Reason.UNKNOWN_ROUTE, f"there is no route_stops:{route}"

    def _learn(self, route: str, raw: bytes | None) -> None:
        stops = read_stops(raw) if raw is not None else None
        if stops and raw is not None:
            self.known[route], self._raw[route] = stops, raw
        elif raw is not None:
            self._bad.add(route)

    def _forget(self, route: str) -> None:
        self.known.pop(route, None)
        self._raw.pop(route, None)
        self._until.pop(route, None)
        self._bad.discard(route)
