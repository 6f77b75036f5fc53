"""What was predicted from which snapshot, so that none is predicted twice."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple


class Stored(NamedTuple):
    """A prediction that is in Redis."""

    snapshot: float
    """Time of the snapshot that it was made from."""
    age: float
    """Seconds since it was made."""


class _Made(NamedTuple):
    snapshot: float
    at: float
    expires: float


class Remembered:
    """Remembers in the process what Redis also knows. `now` is seconds of a steady clock."""

    def __init__(self) -> None:
        self._made: dict[str, _Made] = {}
        self._known: set[str] = set()

    def unknown(self, vehicles: Iterable[str]) -> list[str]:
        """Vehicles of which Redis has to be asked: another process may have predicted them."""
        return [vehicle for vehicle in vehicles if vehicle not in self._known]

    def learn(self, vehicle: str, stored: Stored | None, now: float, ttl: float) -> None:
        """Take over what Redis says of a vehicle; None: there is no prediction."""
        self._known.add(vehicle)
        if stored is None:
            self._made.pop(vehicle, None)
        else:
            made_at = now - stored.age
            self._made[vehicle] = _Made(stored.snapshot, made_at, made_at + ttl)

    def doubt(self) -> None:
        """Ask Redis again of every vehicle: it was away, and may have lost what was written."""
        self._known.clear()

    def is_current(self, vehicle: str, snapshot: float, now: float) -> bool:
        """Whether the stored prediction was made from this snapshot and has not expired."""
        made = self._made.get(vehicle)
        return made is not None and made.snapshot == snapshot and now < made.expires

    def predicted(self, snapshots: Mapping[str, float], now: float, ttl: float) -> None:
        """Remember that predictions were written: the time of the snapshot of each vehicle."""
        expires = now + ttl
        self._known.update(snapshots)
        self._made |= {name: _Made(time, now, expires) for name, time in snapshots.items()}

    def keep_only(self, vehicles: frozenset[str], now: float) -> None:
        """Forget vehicles that are gone, and their predictions when those have expired."""
        if self._known <= vehicles:
            return
        self._known &= vehicles
        self._made = {
            vehicle: made
            for vehicle, made in self._made.items()
            if vehicle in vehicles or now < made.expires
        }

    def outdate(self) -> None:
        """Let all be predicted anew: what the model before said is no longer wanted."""
        self._made.clear()

    def times(self, now: float) -> tuple[float, float] | None:
        """When the newest and the oldest prediction was made; None where there is none."""
        times = [made.at for made in self._made.values() if now < made.expires]
        return (max(times), min(times)) if times else None
