"""Stops of a route: looked up after a while, and the same object as long as they are the same."""

from tests.support.streets import stops
from windlass.adapters.memory.vehicles import MemoryVehicles
from windlass.services.eta.routes import KEPT_SECONDS, RouteStops
from windlass.services.eta.snapshots import Reason


def test_stops_that_stay_the_same_stay_the_same_object() -> None:
    feed, routes = MemoryVehicles(), RouteStops()
    feed.put("route_stops:Red", stops(2))
    routes.refresh(feed, {"Red"}, now=0)
    before = routes.known["Red"]
    routes.refresh(feed, {"Red"}, now=KEPT_SECONDS)
    assert routes.known["Red"] is before
    feed.put("route_stops:Red", stops(3))
    routes.refresh(feed, {"Red"}, now=2 * KEPT_SECONDS - 1)
    assert routes.known["Red"] is before
    routes.refresh(feed, {"Red"}, now=2 * KEPT_SECONDS)
    assert len(routes.known["Red"]) == 3


def test_a_route_is_unknown_bad_or_known_as_its_key_says_now() -> None:
    feed, routes = MemoryVehicles(), RouteStops()
    found = []
    for moment, raw in enumerate((None, b"{}", b"{}", stops(1), None, stops(1))):
        feed.put("route_stops:Red", raw)
        routes.refresh(feed, {"Red"}, now=moment * KEPT_SECONDS)
        found.append("known" if "Red" in routes.known else routes.why_not("Red")[0])
    unknown, bad = Reason.UNKNOWN_ROUTE, Reason.BAD_ROUTE
    assert found == [unknown, bad, bad, "known", unknown, "known"]
