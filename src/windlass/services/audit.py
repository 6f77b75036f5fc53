"""The whole journal of a promotion: one object per promotion, for as long as the bucket lives."""

import json
from datetime import datetime

from windlass.domain.promotion.promotion import Promotion
from windlass.domain.promotion.status import JournalEntry
from windlass.ports.objects import Objects

_FIELDS = ("at", "step", "outcome", "message")


def audit_object(promotion: Promotion) -> str:
    """Where the journal of a promotion lies."""
    return f"audit/{promotion.key.namespace}/{promotion.key.name}-{promotion.uid}.json"


def audit(objects: Objects, promotion: Promotion) -> None:
    """Add the entries that status still has to those written before; nothing new, no write."""
    key = audit_object(promotion)
    stored = objects.get(key)
    entries = _entries(stored)
    if entries is None:
        objects.put(f"{key}.damaged", stored or b"")
        entries = []
    new = [entry for entry in map(_entry, promotion.status.journal) if entry not in entries]
    if not new:
        return
    document = {
        "promotion": str(promotion.key),
        "uid": promotion.uid,
        "model": promotion.spec.model,
        "entries": [*entries, *new],
    }
    objects.put(key, json.dumps(document, indent=1).encode())


def _entries(stored: bytes | None) -> list[dict[str, str]] | None:
    """Entries of a stored document; None when it was damaged, so that it is put aside."""
    if stored is None:
        return []
    try:
        found = json.loads(stored)["entries"]
        return [{name: str(entry[name]) for name in _FIELDS} for entry in found]
    except (ValueError, KeyError, TypeError):
        return None


def _entry(entry: JournalEntry) -> dict[str, str]:
    return {
        "at": entry.at.isoformat(),
        "step": entry.step,
        "outcome": entry.outcome,
        "message": entry.message,
    }


def history_of(objects: Objects, promotion: Promotion) -> tuple[JournalEntry, ...]:
    """Every entry ever written, also those that status has and the object not yet."""
    entries = _entries(objects.get(audit_object(promotion))) or []
    new = [entry for entry in map(_entry, promotion.status.journal) if entry not in entries]
    return tuple(
        JournalEntry(
            at=datetime.fromisoformat(entry["at"]),
            step=entry["step"],
            outcome=entry["outcome"],
            message=entry["message"],
        )
        for entry in [*entries, *new]
    )
