"""A small town whose vehicles the streaming runtime predicts: snapshots, routes, a plain model."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from windlass.adapters.memory.faults import Faults
from windlass.adapters.memory.vehicles import MemoryVehicles
from windlass.domain.errors import InputError
from windlass.services.eta.models import ModelShelf
from windlass.services.eta.runtime import Layers, Runtime
from windlass.services.eta.settings import Layer
from windlass.services.eta.sharing import Shard
from windlass.services.eta.stages import Model, Workplace

START = datetime(2025, 10, 8, 10, 49, 52, tzinfo=UTC)


class Guess(NamedTuple):
    """What a model says of a vehicle."""

    predictions: Sequence[Mapping[str, object]]
    problem: str | None = None


@dataclass(slots=True)
class PlainModel:
    """A minute per stop, all stops of the route ahead; refuses vehicles at latitude 0."""

    minutes: float = 1
    asked: list[list[str]] = field(default_factory=list)
    """Vehicles of each call."""

    def predict_many(
        self,
        snapshots: Sequence[Mapping[str, object]],
        stops_by_route: Mapping[str, Sequence[Mapping[str, object]]],
        max_stops: int,
    ) -> list[Guess]:
        """Guess."""
        self.asked.append([str(one["vehicle_id"]) for one in snapshots])
        return [
            self._guess(one, stops_by_route[str(one["route_id"])][:max_stops]) for one in snapshots
        ]

    def _guess(self, one: Mapping[str, object], stops: Sequence[Mapping[str, object]]) -> Guess:
        if one["lat"] == 0:
            return Guess((), "lat: nobody drives there")
        return Guess(
            [
                {
                    "stop_id": stop["stop_id"],
                    "stop_sequence": stop["stop_sequence"],
                    "eta_seconds": self.minutes * 60.0 * (place + 1),
                }
                for place, stop in enumerate(stops)
            ]
        )


class Clock:
    """Clocks that only move when they are told to."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def now(self) -> datetime:
        """Time of day."""
        return START + timedelta(seconds=self.seconds)

    def steady(self) -> float:
        """Steady seconds."""
        return self.seconds


class Listener:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.alerts: list[tuple[tuple[str, ...], str, str]] = []

    def say(self, line: str) -> None:
        """Keep a line."""
        self.lines.append(line)

    def alert(self, blocks: Sequence[str], subject: str, body: str) -> None:
        """Keep an alert."""
        self.alerts.append((tuple(blocks), subject, body))


def snapshot(vehicle: str, **changes: object) -> bytes:
    """A vehicle's document; what is None is left out."""
    document = {
        "vehicle_id": vehicle,
        "trip_id": f"trip-{vehicle}",
        "route_id": "Green-D",
        "lat": 42.3693,
        "lon": -71.0728,
        "bearing": 305,
        "speed_kmh": 34.9,
        "timestamp": "2025-10-08T10:49:52Z",
        **changes,
    }
    return json.dumps({k: v for k, v in document.items() if v is not None}).encode()


def stops(count: int = 3) -> bytes:
    """A route's document."""
    found = [
        {"stop_id": f"s{place}", "stop_sequence": place * 10, "lat": 42.37, "lon": -71.07}
        for place in range(count)
    ]
    return json.dumps(found).encode()


class Town:
    """A runtime on twins, and hands on everything around it."""

    def __init__(
        self,
        *vehicles: str,
        parameters: Mapping[str, object] | None = None,
        block: Mapping[str, object] | None = None,
        shard: Shard | None = None,
        feed: MemoryVehicles | None = None,
    ) -> None:
        self.clock, self.faults, self.voice = Clock(), Faults(), Listener()
        self.feed = feed or MemoryVehicles(self.faults, self.clock.steady)
        self.models: dict[str, PlainModel] = {"transit-eta/1": PlainModel()}
        self.loads: list[str] = []
        self.feed.put("route_stops:Green-D", stops())
        for vehicle in vehicles:
            self.drive(vehicle)
        self.place = Workplace(feed=self.feed, times=self.clock, shard=shard or Shard())
        known = {"model_key": "transit-eta/1"} if parameters is None else parameters
        layers = Layers(
            block=Layer("block eta-runtime/prod", block or {}),
            parameters=Layer("parameters", known),
        )
        self.runtime = Runtime(self.place, layers, ModelShelf(self.load), self.voice)

    def drive(self, vehicle: str, **changes: object) -> None:
        """A vehicle tells where it is."""
        self.feed.put(f"vehicle:{vehicle}", snapshot(vehicle, **changes))

    def load(self, key: str) -> Model:
        """Load a model that there is."""
        self.loads.append(key)
        if key not in self.models:
            raise InputError(f"there is no {key}")
        return Model(key, self.models[key])

    def predicted(self, vehicle: str) -> dict[str, Any] | None:
        """What stands in Redis for a vehicle."""
        [raw] = self.feed.predictions([vehicle])
        return json.loads(raw) if raw is not None else None

    def settings(self, **fields: object) -> None:
        """What people write into eta:settings."""
        self.feed.put("eta:settings", json.dumps(fields).encode())
