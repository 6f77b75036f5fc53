"""Whether all that is registered can be used, and which versions nobody needs any more.

To archive is to tag: bundle, run and aliases stay. A version is archived only when it is known
that nobody needs it, so nothing is where promotions can't be read.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from windlass.domain.errors import BundleError, InputError, SystemUnavailable
from windlass.domain.names import Alias, ModelName, Version
from windlass.domain.promotion.promotion import Promotion
from windlass.domain.promotion.spec import CHAMPION
from windlass.domain.versions import ModelVersion
from windlass.ports.objects import Objects
from windlass.ports.promotions import Promotions
from windlass.ports.registry import Registry
from windlass.services.bundles import read_bundle

UNKNOWN_USE = "promotions can't be read from here: who needs it is not known"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What a check looks at, and what it may do."""

    check_stale: bool = True
    max_age: timedelta = timedelta(days=90)
    archive_stale: bool = False

    def __post_init__(self) -> None:
        """Refuse an age at which everything would be stale."""
        if self.max_age <= timedelta(0):
            raise InputError("max_age_days must be at least 1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What was found about one version."""

    model: ModelName
    version: Version
    age: timedelta | None
    problems: tuple[str, ...] = ()
    stale: bool = False
    needed: str | None = None
    """Why it is not archived, where it is stale."""
    archived: str | None = None
    """Since when and why."""
    archive: bool = False
    """Whether it is to be archived now."""

    @property
    def state(self) -> str:
        """One word for the table."""
        if self.problems:
            return "damaged"
        if self.archived or self.archive:
            return "archived"
        return "stale" if self.stale else "ok"

    def as_json(self) -> dict[str, object]:
        """JSON values."""
        return {
            "model": self.model,
            "version": self.version,
            "age_days": None if self.age is None else self.age.days,
            "state": self.state,
            "problems": list(self.problems),
            "kept": self.needed,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """What was found about all models."""

    findings: tuple[Finding, ...]

    @property
    def errors(self) -> tuple[str, ...]:
        """Problems as lines."""
        return tuple(
            f"{found.model} version {found.version}: {problem}"
            for found in self.findings
            for problem in found.problems
        )

    def as_json(self) -> dict[str, object]:
        """JSON values."""
        return {
            "versions": [found.as_json() for found in self.findings],
            "errors": list(self.errors),
            "stale": [_key(found) for found in self.findings if found.stale],
            "archived": [_key(found) for found in self.findings if found.archive],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """What is known of a model."""

    aliases: Mapping[Alias, Version] = field(default_factory=dict)
    promotions: Sequence[Promotion] | None = None
    """All of the model; None where they can't be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Registrar:
    """What a check works with."""

    objects: Objects
    registry: Registry
    promotions: Promotions | None
    """None where they can't be reached."""
    now: datetime
    tell: Callable[[str], None]


def check_registry(registrar: Registrar, models: Iterable[ModelName], rules: Rules) -> Health:
    """Look at every version of the models, and archive what may be."""
    return Health(
        findings=tuple(
            finding for model in models for finding in _check_model(registrar, model, rules)
        )
    )


def _check_model(registrar: Registrar, model: ModelName, rules: Rules) -> list[Finding]:
    registry, objects = registrar.registry, registrar.objects
    listed = registry.versions(model)
    registrar.tell(f"{model}: {len(listed)} versions")
    versions = [registry.version(model, each.version) or each for each in listed]
    problems = [problems_of(version, bundle_problem(objects, version)) for version in versions]
    # asked last, so that a promotion which began meanwhile is seen
    shelf = Shelf(promotions=_promotions(registrar, model), aliases=registry.aliases(model))
    needed = needed_versions(versions, shelf)
    findings = [
        judge_version(version, wrong, needed, rules, registrar.now)
        for version, wrong in zip(versions, problems, strict=True)
    ]
    for found in findings:
        if found.archive:
            registry.archive(model, found.version, archive_reason(found, registrar.now))
    return findings


def _promotions(registrar: Registrar, model: ModelName) -> Sequence[Promotion] | None:
    if registrar.promotions is None:
        return None
    try:
        return registrar.promotions.list(model)
    except (SystemUnavailable, InputError) as error:
        registrar.tell(f"{model}: {error}")
        return None


def bundle_problem(objects: Objects, version: ModelVersion) -> str | None:
    """Why a version's bundle can't be used; None when every byte is as its digest says."""
    if version.bundle_digest is None:
        return "it has no bundle: Windlass did not train it"
    try:
        read_bundle(objects, version.bundle_digest)
    except BundleError as error:
        return str(error)
    return None


def problems_of(version: ModelVersion, bundle: str | None) -> tuple[str, ...]:
    """Everything that is wrong with a version."""
    checks = {
        bundle or "": bundle is not None,
        "it lacks the tag windlass.dataset_digest": version.dataset_digest is None,
        "it lacks the tag windlass.trained_on": version.trained_on is None,
        "it has no metrics": not version.metrics,
    }
    return tuple(problem for problem, wrong in checks.items() if wrong)


def needed_versions(versions: Iterable[ModelVersion], shelf: Shelf) -> Mapping[Version, str] | None:
    """Versions that somebody needs, and who; None where that can't be known."""
    if shelf.promotions is None:
        return None
    needed: dict[Version, str] = {}
    champion = shelf.aliases.get(CHAMPION)
    for version in versions:
        if version.version == champion and version.succeeded is not None:
            needed[version.succeeded] = f"in production before version {champion}"
    for promotion in shelf.promotions:
        needed |= _needed_by(promotion, shelf.aliases)
    for alias, at in sorted(shelf.aliases.items()):
        needed[at] = f"alias {alias}"
    return needed


def _needed_by(promotion: Promotion, aliases: Mapping[Alias, Version]) -> dict[Version, str]:
    status, spec, name = promotion.status, promotion.spec, promotion.key.name
    candidate = status.candidate.version if status.candidate else spec.candidate.version
    before = status.champion.version if status.champion else None
    in_production = candidate is not None and aliases.get(spec.target_alias) == candidate
    needed = {}
    if before is not None and (in_production or not status.phase.terminal):
        needed[before] = f"rollback target of {name}"
    if candidate is not None and not status.phase.terminal:
        needed[candidate] = f"candidate of {name}, which is open"
    return needed


def judge_version(
    version: ModelVersion,
    problems: tuple[str, ...],
    needed: Mapping[Version, str] | None,
    rules: Rules,
    now: datetime,
) -> Finding:
    """What is to be said of a version now, and whether it is to be archived."""
    age = None if version.created is None else now - version.created
    stale = rules.check_stale and age is not None and age > rules.max_age and not version.archived
    reason = (UNKNOWN_USE if needed is None else needed.get(version.version)) if stale else None
    return Finding(
        model=version.model,
        version=version.version,
        age=age,
        problems=problems,
        stale=stale,
        needed=reason,
        archived=version.archived,
        archive=rules.archive_stale and stale and reason is None,
    )


def archive_reason(found: Finding, now: datetime) -> str:
    """What an archived version is tagged with."""
    days = found.age.days if found.age is not None else 0
    return f"{now:%Y-%m-%d}: stale, {days} days old"


def _key(found: Finding) -> str:
    return f"{found.model}/{found.version}"
