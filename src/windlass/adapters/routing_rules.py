"""When a routing document may take the place of the stored one."""

from windlass.domain.errors import Conflict
from windlass.domain.routing import Routing


def replaces(stored: Routing | None, wanted: Routing) -> bool:
    """Whether `wanted` is to be stored; False when it is already.

    Raises Conflict when a newer document is stored, or another one of the same generation: then
    two writers numbered theirs alike, and servers could not tell them apart.
    """
    if stored is None or wanted.generation > stored.generation:
        return True
    if wanted == stored:
        return False
    raise Conflict(
        f"routing generation {stored.generation} is stored, {wanted.generation} does not replace"
        " it: read it again"
    )
