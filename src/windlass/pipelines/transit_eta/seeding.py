"""Gives the streaming runtime the stops of each route."""

import json
from collections.abc import Collection

from windlass.pipelines.transit_eta.schedule import Schedule, route_stops
from windlass.ports.keyvalue import KeyValue


def seed_route_stops(keyvalue: KeyValue, schedule: Schedule, routes: Collection[str] = ()) -> int:
    """Write `route_stops:<route_id>` for the routes, all if none is named; returns how many."""
    chosen = {
        route: stops
        for route, stops in route_stops(schedule).items()
        if not routes or route in routes
    }
    for route, stops in chosen.items():
        keyvalue.replace(f"route_stops:{route}", json.dumps(stops, ensure_ascii=False))
    return len(chosen)
