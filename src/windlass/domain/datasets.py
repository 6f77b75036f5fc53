"""What a dataset says of itself: `dataset.json` beside its files.

It is written last and names the digest of every other file, so that a reader never mistakes a
dataset that is just being replaced for a whole one.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from windlass.domain.bundle import TrainedOn
from windlass.domain.errors import InputError
from windlass.domain.names import Digest

CARD = "dataset.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetCard:
    """The content of `dataset.json`."""

    pipeline: str
    start: datetime
    """First moment that is judged (UTC)."""
    until: datetime
    held_out_of: TrainedOn | None = None
    """What the rows before the held-back ones trained; a model of just that saw none of these."""
    settings: Mapping[str, object] = field(default_factory=dict)
    """What else the pipeline needs to judge the rows: label window, first hour per machine."""

    def overlaps(self, trained_on: TrainedOn) -> bool:
        """Whether a model trained on that may have seen rows of this dataset."""
        if self.held_out_of == trained_on:
            return False
        return trained_on.start <= self.until and self.start <= trained_on.until


def sealed(card: DatasetCard, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the files with `dataset.json` added."""
    document = {
        "pipeline": card.pipeline,
        "from": _text(card.start),
        "until": _text(card.until),
        "held_out_of": _trained_on_document(card.held_out_of),
        "files": {name: hashlib.sha256(data).hexdigest() for name, data in files.items()},
        **card.settings,
    }
    text = json.dumps(document, sort_keys=True, indent=1, allow_nan=False)
    return {**files, CARD: text.encode() + b"\n"}


def read_card(files: Mapping[str, bytes]) -> DatasetCard | None:
    """Card of a dataset, None for a plain folder; InputError when files and card differ."""
    if CARD not in files:
        return None
    try:
        document = json.loads(files[CARD])
        digests = document.pop("files")
        card = DatasetCard(
            pipeline=str(document.pop("pipeline")),
            start=_instant(document.pop("from")),
            until=_instant(document.pop("until")),
            held_out_of=_trained_on(document.pop("held_out_of", None)),
            settings=document,
        )
        expected = {str(name): str(digest) for name, digest in digests.items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{CARD} of the dataset can't be read: {error!r}") from error
    found = {n: hashlib.sha256(data).hexdigest() for n, data in files.items() if n != CARD}
    if found != expected:
        different = min(name for name, _ in found.items() ^ expected.items())
        raise InputError(f"the dataset's {different} is not the one {CARD} names: try again")
    return card


def _trained_on_document(trained_on: TrainedOn | None) -> dict[str, str] | None:
    if trained_on is None:
        return None
    return {
        "digest": trained_on.digest,
        "from": _text(trained_on.start),
        "until": _text(trained_on.until),
    }


def _trained_on(document: Mapping[str, str] | None) -> TrainedOn | None:
    if document is None:
        return None
    return TrainedOn(
        digest=Digest(document["digest"]),
        start=_instant(document["from"]),
        until=_instant(document["until"]),
    )


def _text(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _instant(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
