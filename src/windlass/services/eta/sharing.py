"""Which vehicles a tick is about: the shard's own, and of too many those whose turn it is."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from zlib import crc32

from windlass.domain.errors import InputError


@dataclass(frozen=True, slots=True)
class Shard:
    """One of several runtimes that share the vehicles."""

    index: int = 0
    count: int = 1

    def __post_init__(self) -> None:
        """Refuse a share that nobody can have."""
        if not 0 <= self.index < self.count:
            raise InputError(f"shard {self.index} of {self.count}: shards count from 0")

    def has(self, vehicle: str) -> bool:
        """Whether a vehicle is its own: the same in every process, and true in one shard only."""
        return crc32(vehicle.encode(errors="surrogateescape")) % self.count == self.index


def own(vehicles: Iterable[str], shard: Shard) -> list[str]:
    """Vehicles of a shard in the order of their names."""
    if shard.count == 1:
        return sorted(vehicles)
    return sorted(filter(shard.has, vehicles))


def turn(vehicles: Sequence[str], most: int, after: str) -> Sequence[str]:
    """The next vehicles behind `after`, at most so many (0: all), beginning anew at the end."""
    if not most or len(vehicles) <= most:
        return vehicles
    start = bisect_right(vehicles, after)
    return list(islice([*vehicles[start:], *vehicles[:start]], most))
