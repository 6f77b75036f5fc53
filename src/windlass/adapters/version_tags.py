"""How a model version is written into the tags of a registry, and read back.

Metrics are repeated in a tag because the training run may be deleted and garbage-collected while
the version lives on. A tag that somebody mangled counts as absent: tags are copies for people and
look-ups, the bundle's manifest is the truth.
"""

import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime

from windlass.domain.bundle import TrainedOn
from windlass.domain.names import Digest, ModelName, RunId, Version
from windlass.domain.versions import ModelVersion

BUNDLE_DIGEST = "windlass.bundle_digest"
DATASET_DIGEST = "windlass.dataset_digest"
TRAINED_ON = "windlass.trained_on"
METRICS = "windlass.metrics"
HELD = "windlass.held"
ARCHIVED = "windlass.archived"
FROM = "windlass.from"
"""Written by a promotion, as are `windlass.to` and `windlass.by`."""


def tags_of(version: ModelVersion) -> dict[str, str]:
    """Write a version as tags."""
    trained_on = version.trained_on
    tags = {
        BUNDLE_DIGEST: version.bundle_digest,
        DATASET_DIGEST: version.dataset_digest,
        TRAINED_ON: _trained_on_text(trained_on) if trained_on else None,
        METRICS: json.dumps(_finite(version.metrics), sort_keys=True),
        HELD: version.held,
        ARCHIVED: version.archived,
    }
    return {key: value for key, value in tags.items() if value is not None}


def version_of(
    model: ModelName, version: Version, run_id: RunId | None, tags: Mapping[str, str]
) -> ModelVersion:
    """Read a version back; its metrics are those of the tag."""
    return ModelVersion(
        model=model,
        version=version,
        run_id=run_id,
        bundle_digest=_digest(tags.get(BUNDLE_DIGEST)),
        dataset_digest=_digest(tags.get(DATASET_DIGEST)),
        trained_on=_trained_on(tags.get(TRAINED_ON, "")),
        metrics=_metrics(tags.get(METRICS, "")),
        held=tags.get(HELD),
        archived=tags.get(ARCHIVED) or None,
        succeeded=Version(tags[FROM]) if tags.get(FROM) else None,
    )


def _digest(text: str | None) -> Digest | None:
    return Digest(text) if text else None


def _finite(metrics: Mapping[str, float]) -> dict[str, float]:
    return {name: float(value) for name, value in metrics.items() if math.isfinite(value)}


def _metrics(text: str) -> dict[str, float]:
    return _finite(
        {
            name: value
            for name, value in _object(text).items()
            if isinstance(value, int | float) and not isinstance(value, bool)
        }
    )


def _trained_on_text(trained_on: TrainedOn) -> str:
    document = {
        "digest": trained_on.digest,
        "from": trained_on.start.astimezone(UTC).isoformat(),
        "until": trained_on.until.astimezone(UTC).isoformat(),
    }
    return json.dumps(document)


def _trained_on(text: str) -> TrainedOn | None:
    document = _object(text)
    try:
        return TrainedOn(
            digest=Digest(str(document["digest"])),
            start=_instant(document["from"]),
            until=_instant(document["until"]),
        )
    except (KeyError, ValueError):
        return None


def _instant(text: object) -> datetime:
    instant = datetime.fromisoformat(str(text))
    if instant.tzinfo is None:
        raise ValueError("a time without its zone")
    return instant


def _object(text: str) -> dict[str, object]:
    try:
        document: object = json.loads(text)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}
