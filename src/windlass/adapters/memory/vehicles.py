"""Twin of the vehicle feed."""

from collections.abc import Callable, Mapping, Sequence
from time import monotonic

from windlass.adapters.memory.faults import Faults


class MemoryVehicles:
    """VehicleFeed port over dictionaries; `put` is what the vehicles and other people do."""

    def __init__(
        self, faults: Faults | None = None, clock: Callable[[], float] = monotonic
    ) -> None:
        self._faults = faults or Faults()
        self._clock = clock
        self._values: dict[str, bytes] = {}
        self._ends: dict[str, float] = {}

    def put(self, key: str, value: bytes | None) -> None:
        """Set a key as it is called in Redis, or remove it."""
        self._values.pop(key, None)
        self._ends.pop(key, None)
        if value is not None:
            self._values[key] = value

    def vehicles(self) -> frozenset[str]:
        """Ids of all vehicles that have a snapshot."""
        with self._faults.call("vehicles.vehicles"):
            prefix = "vehicle:"
            return frozenset(
                key.removeprefix(prefix) for key in self._values if key.startswith(prefix)
            )

    def snapshots(self, vehicles: Sequence[str]) -> tuple[bytes | None, ...]:
        """What is known of each vehicle."""
        with self._faults.call("vehicles.snapshots"):
            return tuple(self._get(f"vehicle:{name}") for name in vehicles)

    def stops(self, routes: Sequence[str]) -> tuple[bytes | None, ...]:
        """Stops of each route."""
        with self._faults.call("vehicles.stops"):
            return tuple(self._get(f"route_stops:{name}") for name in routes)

    def predictions(self, vehicles: Sequence[str]) -> tuple[bytes | None, ...]:
        """Last prediction for each vehicle."""
        with self._faults.call("vehicles.predictions"):
            return tuple(self._get(f"predictions:{name}") for name in vehicles)

    def write(self, predictions: Mapping[str, bytes], seconds: int) -> None:
        """Replace the predictions of some vehicles."""
        with self._faults.call("vehicles.write", write=True):
            for name, value in predictions.items():
                self._values[f"predictions:{name}"] = value
                self._ends[f"predictions:{name}"] = self._clock() + seconds

    def settings(self) -> bytes | None:
        """Settings that people change."""
        with self._faults.call("vehicles.settings"):
            return self._get("eta:settings")

    def _get(self, key: str) -> bytes | None:
        if self._clock() >= self._ends.get(key, float("inf")):
            self.put(key, None)
        return self._values.get(key)
