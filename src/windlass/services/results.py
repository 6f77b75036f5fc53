"""The document an evaluation leaves in the object store, as JSON."""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, replace

from windlass.domain.errors import InputError
from windlass.domain.names import Digest, Version
from windlass.domain.promotion.evaluation import EvaluationResult, Scores


def dump_result(result: EvaluationResult) -> bytes:
    """Write a result; metrics that are no numbers are left out, JSON has none."""
    champion = result.champion
    finite = replace(
        result,
        candidate=_finite(result.candidate),
        champion=_finite(champion) if champion is not None else None,
    )
    return json.dumps(asdict(finite), sort_keys=True, allow_nan=False).encode()


def parse_result(data: bytes) -> EvaluationResult:
    """Read a result; InputError for anything a `score-versions` run would not write."""
    try:
        raw = json.loads(data)
        champion = raw["champion"]
        return EvaluationResult(
            dataset_digest=Digest(raw["dataset_digest"]),
            candidate=_scores(raw["candidate"]),
            champion=_scores(champion) if champion is not None else None,
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"the evaluation's result can't be read: {error!r}") from error


def _finite(scores: Scores) -> Scores:
    metrics = {name: value for name, value in scores.metrics.items() if math.isfinite(value)}
    return replace(scores, metrics=metrics)


def _scores(raw: Mapping[str, object]) -> Scores:
    metrics = raw["metrics"]
    if not isinstance(metrics, dict):
        raise TypeError(f"metrics is {metrics!r}")
    problem = raw["problem"]
    return Scores(
        version=Version(str(raw["version"])),
        bundle_digest=Digest(str(raw["bundle_digest"])),
        metrics={str(name): float(value) for name, value in metrics.items()},
        seen_in_training=bool(raw["seen_in_training"]),
        problem=None if problem is None else str(problem),
    )
