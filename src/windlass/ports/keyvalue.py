"""The key-value store (Redis), as promotion's consumers use it."""

from typing import Protocol


class KeyValue(Protocol):
    """Fields of JSON documents under a key."""

    def read(self, key: str, field: str) -> str | None:
        """Value of a field."""

    def write(self, key: str, field: str, value: str | None) -> None:
        """Set a field, or remove it when `value` is None; other fields stay as they are."""

    def whole(self, key: str) -> str | None:
        """A whole document as JSON text, of any kind, not only an object."""

    def replace(self, key: str, text: str) -> None:
        """Put a document, any JSON text, in place of what was there; it does not expire."""

    def expire(self, key: str, seconds: float) -> None:
        """Let a whole document go after so many seconds; a missing one changes nothing."""
