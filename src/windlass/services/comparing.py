"""The work of a `model-evaluation` run: from its parameters to a ranking of all versions."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from windlass.domain.content import digest_files
from windlass.domain.errors import InputError
from windlass.domain.names import Digest, ModelName, Version
from windlass.domain.promotion.evaluation import Scores
from windlass.domain.promotion.spec import CHAMPION
from windlass.domain.versions import ModelVersion
from windlass.ports.objects import Objects
from windlass.ports.registry import Registry
from windlass.services.datasets import fetch_dataset, holdout_prefix
from windlass.services.evaluation import Dataset, Entrant, Evaluation, Judge
from windlass.services.ranking import (
    Entry,
    Measure,
    Ranking,
    parse_active,
    rank,
    recorded_entries,
    scored_entries,
)
from windlass.services.scoring import prefix_of

HOLDOUT = "holdout"
RECORDED = "recorded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contest:
    """What is to be compared."""

    model: ModelName
    measure: Measure
    active: str
    """Version, or `<model>/<version>`; empty: the champion."""
    dataset: str
    """`holdout`: the held-back part of the newest training; `recorded`: what trainings recorded;
    or `s3://bucket/prefix`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arena:
    """Where versions and data come from, and who judges."""

    objects: Objects
    registry: Registry
    judge: Judge
    tell: Callable[[str], None]


def compare_all(arena: Arena, contest: Contest) -> Ranking:
    """Rank all versions; InputError when there are none, or none has the metric."""
    registry, model = arena.registry, contest.model
    versions = [_whole(registry, version) for version in registry.versions(model)]
    if not versions:
        raise InputError(f"{model} has no version yet: train one with `windlass train {model}`")
    active = (
        parse_active(model, contest.active) if contest.active else registry.aliased(model, CHAMPION)
    )
    data, entries = _entries(arena, contest, versions, active)
    if all(entry.value is None for entry in entries):
        known = sorted({name for version in versions for name in version.metrics})
        raise InputError(
            f"no version of {model} has the metric {contest.measure.metric};"
            f" there are: {', '.join(known) or 'none'}"
        )
    return Ranking(
        model=model,
        measure=contest.measure,
        active=active,
        data=data,
        places=rank(entries, contest.measure, active),
    )


def _whole(registry: Registry, listed: ModelVersion) -> ModelVersion:
    """A version with its metrics; as it was listed where it is gone meanwhile."""
    return registry.version(listed.model, listed.version) or listed


def _entries(
    arena: Arena, contest: Contest, versions: list[ModelVersion], active: Version | None
) -> tuple[str, tuple[Entry, ...]]:
    metric = contest.measure.metric
    if contest.dataset == RECORDED:
        return "as their trainings recorded", recorded_entries(versions, metric, active)
    prefix = (
        holdout_prefix(contest.model)
        if contest.dataset == HOLDOUT
        else prefix_of(arena.objects, contest.dataset)
    )
    dataset = fetch_dataset(arena.objects, prefix)
    where = f"s3://{arena.objects.bucket}/{prefix}, {digest_files(dataset)}"
    return where, scored_entries(versions, _scores(arena, dataset, versions, active), metric)


def _scores(
    arena: Arena, dataset: Dataset, versions: Iterable[ModelVersion], active: Version | None
) -> Mapping[Digest, Scores]:
    """Scores of each bundle; versions that share one are scored once.

    One that is judged by other labels than the active version, or else the newest, has a problem.
    """
    evaluation = Evaluation(objects=arena.objects, judge=arena.judge)
    entrants = [
        Entrant(version=version.version, bundle_digest=version.bundle_digest)
        for version in versions
        if version.bundle_digest is not None
    ]
    scores: dict[Digest, Scores] = {}
    for entrant in entrants:
        if entrant.bundle_digest in scores:
            continue
        arena.tell(f"score version {entrant.version}")
        found = evaluation.score(dataset, entrant)
        if found.problem is None:
            reference = next((each for each in entrants if each.version == active), entrants[-1])
            found = replace(found, problem=evaluation.other_labels(dataset, reference, entrant))
        scores[entrant.bundle_digest] = found
    return scores
