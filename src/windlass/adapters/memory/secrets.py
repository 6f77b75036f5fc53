"""Twin of the Secrets port."""

from collections.abc import Mapping

from windlass.domain.errors import Conflict


class MemorySecrets:
    """Secrets in a dictionary."""

    def __init__(self, content: Mapping[str, Mapping[str, bytes]] | None = None) -> None:
        self.content = {name: dict(keys) for name, keys in (content or {}).items()}

    def read(self, name: str) -> Mapping[str, bytes] | None:
        """Content of a Secret."""
        found = self.content.get(name)
        return None if found is None else dict(found)

    def create(self, name: str, content: Mapping[str, bytes]) -> None:
        """Make a Secret; Conflict when there is one."""
        if name in self.content:
            raise Conflict(f"Secret {name} exists")
        self.content[name] = dict(content)

    def add(self, name: str, content: Mapping[str, bytes]) -> None:
        """Add keys to a Secret."""
        self.content[name].update(content)
