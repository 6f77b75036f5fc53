"""Which requests the candidate answers.

With a key, by a hash of candidate and key: an entity stays with one model while a candidate is
tried, a higher weight only adds entities, and the next candidate gets other ones. Without a key,
by a counter that is exact for any traffic: of n requests the candidate gets n·weight/100 rounded
up or down. Which of the two is drawn at random, so that traffic with a rhythm of its own (every
second request from one client) can't fall in step with the split.
"""

import random
from collections.abc import Callable
from hashlib import blake2b

from windlass.domain.names import Digest

_RANGE = 1 << 64


def salt_of(digest: Digest) -> bytes:
    """Key of the hash for one candidate."""
    return blake2b(digest.encode(), digest_size=32).digest()


def takes_entity(salt: bytes, key: bytes, weight: int) -> bool:
    """Whether the entity `key` belongs to the candidate at this weight."""
    place = int.from_bytes(blake2b(key, digest_size=8, key=salt).digest(), "big")
    return place * 100 < weight * _RANGE


class Counter:
    """Share of the requests without a key; dependent rounding of n·weight/100."""

    def __init__(self, draw: Callable[[], float] = random.random) -> None:
        self._draw = draw
        self._weight = 0
        self._remainder = 0
        """n·weight modulo 100."""
        self._ahead = False
        """Whether n·weight/100 is rounded up so far."""

    def takes_next(self, weight: int) -> bool:
        """Whether the next request goes to the candidate; a new weight starts a new count."""
        if weight != self._weight:
            self._weight, self._remainder, self._ahead = weight, 0, False
        before, after = self._remainder, self._remainder + weight
        self._remainder = after % 100
        if after < 100:
            chosen = not self._ahead and self._draw() * (100 - before) < weight
            self._ahead = self._ahead or chosen
            return chosen
        if not self._ahead:
            return True
        self._ahead = self._draw() * before < after - 100
        return self._ahead
