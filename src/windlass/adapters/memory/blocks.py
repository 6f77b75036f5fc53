"""Twin of Prefect's blocks."""

from collections.abc import Mapping
from typing import NamedTuple

from windlass.adapters.memory.faults import Faults
from windlass.adapters.prefect_blocks import unknown_block
from windlass.adapters.prefect_notifications import require_notification


class Message(NamedTuple):
    """A message that was sent."""

    block: str
    subject: str
    body: str


class MemoryBlocks:
    """Blocks port over dictionaries; what was sent can be read in `messages`."""

    def __init__(self, faults: Faults | None = None) -> None:
        self.messages: list[Message] = []
        self._fields: dict[str, dict[str, str | None]] = {}
        self._faults = faults or Faults()

    def create(self, block: str, fields: Mapping[str, str | None]) -> None:
        """Make a block, as a person does on Prefect's pages."""
        self._fields[block] = dict(fields)

    def read_field(self, block: str, field: str) -> str | None:
        """Value of a field of a block."""
        with self._faults.call("blocks.read_field"):
            return self._fields.get(block, {}).get(field)

    def read(self, block: str) -> Mapping[str, object] | None:
        """All fields of a block."""
        with self._faults.call("blocks.read"):
            fields = self._fields.get(block)
            return dict(fields) if fields is not None else None

    def write_field(self, block: str, field: str, value: str | None) -> None:
        """Set a field of a block."""
        with self._faults.call("blocks.write_field", write=True):
            self._required(block)[field] = value

    def notify(self, block: str, subject: str, body: str) -> None:
        """Keep the message."""
        with self._faults.call("blocks.notify", write=True):
            self._required(block)
            require_notification(block)
            self.messages.append(Message(block, subject, body))

    def _required(self, block: str) -> dict[str, str | None]:
        if block not in self._fields:
            raise unknown_block(block)
        return self._fields[block]
