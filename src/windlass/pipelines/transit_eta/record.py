"""`/predict` requests out of known rows: for examples, golden requests and parity tests."""

from datetime import UTC, datetime

import numpy as np

from windlass.pipelines.transit_eta.rows import Rows


def request_of(rows: Rows, vehicle: int) -> dict[str, object]:
    """The request that a client would send for one of the vehicles and all its stops ahead."""
    places = np.flatnonzero(rows.ahead.of == vehicle)
    seen, ahead = rows.vehicles, rows.ahead
    return {
        "vehicle": {
            "vehicle_id": str(rows.vehicle_ids[places[0]]),
            "trip_id": str(rows.trips[places[0]]),
            "route_id": str(seen.routes[vehicle]),
            "lat": float(seen.lat[vehicle]),
            "lon": float(seen.lon[vehicle]),
            "bearing": _known(seen.bearing[vehicle]),
            "speed_kmh": _known(seen.speed[vehicle]),
            "timestamp": time_text(int(seen.seconds[vehicle])),
        },
        "stops": [
            {
                "stop_id": str(ahead.stops[place]),
                "stop_sequence": number,
                "lat": float(ahead.lat[place]),
                "lon": float(ahead.lon[place]),
            }
            for number, place in enumerate(places, start=1)
        ],
    }


def time_text(seconds: int) -> str:
    """A moment as requests write it."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _known(value: float) -> float | None:
    return None if value != value else float(value)
