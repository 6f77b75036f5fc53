"""The routing document: which bundles a server loads and how it splits requests."""

from dataclasses import dataclass, replace

from windlass.domain.names import Digest, Version


@dataclass(frozen=True, slots=True, kw_only=True)
class Routed:
    """One version as serving sees it."""

    version: Version
    uri: str
    """Folder of the bundle, relative to the release's bucket: `bundles/sha256/<hex>`."""
    digest: Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Routing:
    """The document serving obeys; a higher generation replaces a lower one."""

    generation: int
    champion: Routed | None = None
    candidate: Routed | None = None
    weight: int = 0
    """Percent of requests that the candidate answers, 0 to 100."""
    shadow: bool = False
    """Score both and answer with the champion."""
    held: tuple[Digest, ...] = ()
    """Bundles that were rolled back; told for people to see, not obeyed."""

    def same_traffic(self, other: "Routing") -> bool:
        """Whether both documents route alike, whatever their generations."""
        return replace(self, generation=0) == replace(other, generation=0)


NOTHING = Routing(generation=0)
"""What a server obeys before any document exists."""
