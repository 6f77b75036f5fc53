"""Blocks, in Prefect."""

import json
import re
from collections.abc import Mapping
from uuid import UUID

from pydantic import BaseModel, JsonValue

from windlass.adapters.prefect_notifications import deliver
from windlass.adapters.rest import Request, Rest, path
from windlass.domain.errors import InputError

_NAME = re.compile(r"[A-Za-z0-9_-]+")
"""Slugs and names are made of these, so that anything else names nothing."""


class _Document(BaseModel):
    id: UUID
    data: Mapping[str, JsonValue] = {}


class PrefectBlocks:
    """Blocks port over Prefect's REST API."""

    def __init__(self, rest: Rest) -> None:
        self._rest = rest

    def read_field(self, block: str, field: str) -> str | None:
        """Value of a field; one that is no text is given as JSON."""
        document = self._document(block)
        value = document.data.get(field) if document else None
        return value if value is None or isinstance(value, str) else json.dumps(value)

    def read(self, block: str) -> Mapping[str, JsonValue] | None:
        """All fields of a block, secret ones too."""
        document = self._document(block)
        return document.data if document else None

    def write_field(self, block: str, field: str, value: str | None) -> None:
        """Set a field, to null when there is no value; the server merges, so others stay."""
        document = self._required(block)
        change = Request(
            method="PATCH",
            path=path("block_documents", str(document.id)),
            body={"data": {field: value}, "merge_existing_data": True},
        )
        if not self._rest.send(change):
            raise unknown_block(block)

    def notify(self, block: str, subject: str, body: str) -> None:
        """Send a message through a notification block."""
        deliver(block, self._required(block).data, subject, body)

    def _document(self, block: str) -> _Document | None:
        slug, _, name = block.partition("/")
        if not _NAME.fullmatch(slug) or not _NAME.fullmatch(name):
            return None
        request = Request(
            method="GET",
            path=path("block_types", "slug", slug, "block_documents", "name", name),
            params={"include_secrets": "true"},
        )
        return self._rest.fetch(_Document, request)

    def _required(self, block: str) -> _Document:
        document = self._document(block)
        if document is None:
            raise unknown_block(block)
        return document


def unknown_block(block: str) -> InputError:
    """Error of an act on a block that the server lacks."""
    return InputError(f"Prefect has no block {block}: create it, or mend the name")
