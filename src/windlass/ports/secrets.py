"""Secrets of an installation."""

from collections.abc import Mapping
from typing import Protocol


class Secrets(Protocol):
    """Reads and writes Secrets of one namespace."""

    def read(self, name: str) -> Mapping[str, bytes] | None:
        """Content of a Secret."""

    def create(self, name: str, content: Mapping[str, bytes]) -> None:
        """Make a Secret; Conflict when there is one meanwhile."""

    def add(self, name: str, content: Mapping[str, bytes]) -> None:
        """Add keys to a Secret; what it has otherwise stays."""
