"""The work of a `score-versions` run: from its parameters to the result that a promotion reads."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from windlass.domain.bundle import Bundle
from windlass.domain.errors import InputError
from windlass.domain.names import ModelName, Version
from windlass.domain.promotion.evaluation import EvaluationResult, result_object
from windlass.domain.promotion.spec import CHAMPION
from windlass.ports.objects import Objects
from windlass.ports.registry import Registry
from windlass.services.apart import call_apart
from windlass.services.datasets import fetch_dataset
from windlass.services.evaluation import Dataset, Entrant, Evaluation, judge
from windlass.services.patience import patiently
from windlass.services.results import dump_result
from windlass.services.training import CHALLENGER

OUTAGE_SECONDS = 300.0
"""A system that is away for no longer delays an evaluation; flow runs that end are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What is to be compared."""

    model: ModelName
    candidate: Version
    champion: Version | None
    dataset: str
    """`s3://bucket/prefix`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a person wants compared."""

    candidate: Version | None
    dataset: Dataset


def compare(objects: Objects, registry: Registry, comparison: Comparison) -> EvaluationResult:
    """Score the versions; InputError when one of them or the dataset is not there."""
    dataset = fetch_dataset(objects, prefix_of(objects, comparison.dataset))
    champion = comparison.champion
    return Evaluation(objects=objects, judge=judge_apart).compare(
        dataset,
        _entrant(registry, comparison.model, comparison.candidate),
        _entrant(registry, comparison.model, champion) if champion is not None else None,
    )


def compare_now(
    objects: Objects, registry: Registry, model: ModelName, wanted: Wanted
) -> EvaluationResult:
    """Score the champion and a version, the newest trained one unless it is named."""
    version = wanted.candidate or registry.aliased(model, CHALLENGER)
    if version is None:
        raise InputError(f"{model} has no version yet: train one with `windlass train {model}`")
    champion = registry.aliased(model, CHAMPION)
    return Evaluation(objects=objects, judge=judge_apart).compare(
        wanted.dataset,
        _entrant(registry, model, version),
        _entrant(registry, model, champion) if champion not in (None, version) else None,
    )


def judge_apart(bundle: Bundle, dataset: Dataset) -> dict[str, float]:
    """Judge in a process of its own: bundles may crash their reader."""
    return call_apart(judge, bundle, dataset)


def leave_result(
    objects: Objects,
    registry: Registry,
    comparison: Comparison,
    key: str,
    tell: Callable[[str], None],
) -> EvaluationResult:
    """Compare, and write the result where the promotion looks for it; outages are waited out."""

    def attempt() -> EvaluationResult:
        result = compare(objects, registry, comparison)
        objects.put(result_object(key), dump_result(result))
        return result

    return patiently(attempt, OUTAGE_SECONDS, tell)


def prefix_of(objects: Objects, dataset: str) -> str:
    """Prefix of a dataset in our bucket."""
    parts = urlsplit(dataset)
    if parts.scheme != "s3" or parts.netloc != objects.bucket:
        raise InputError(f"{dataset} is not in the bucket {objects.bucket}: s3://<bucket>/<prefix>")
    return parts.path.strip("/")


def _entrant(registry: Registry, model: ModelName, version: Version) -> Entrant:
    found = registry.version(model, version)
    if found is None:
        raise InputError(f"{model} has no version {version}")
    if found.bundle_digest is None:
        raise InputError(f"{model} version {version} has no bundle: Windlass did not train it")
    return Entrant(version=version, bundle_digest=found.bundle_digest)
