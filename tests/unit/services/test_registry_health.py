import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support import fake_model
from tests.support.promotions import status
from windlass.adapters.memory.clock import MemoryClock
from windlass.adapters.memory.faults import Faults
from windlass.adapters.memory.objects import MemoryObjects
from windlass.adapters.memory.promotions import MemoryPromotions
from windlass.adapters.memory.registry import MemoryRegistry
from windlass.domain.bundle import TrainedOn
from windlass.domain.errors import InputError
from windlass.domain.names import Alias, Digest, ModelName, Version
from windlass.domain.promotion.promotion import Promotion, PromotionKey
from windlass.domain.promotion.spec import CHAMPION, Candidate, PromotionSpec
from windlass.domain.promotion.status import Phase, VersionRef
from windlass.domain.versions import ModelVersion, RunRecord
from windlass.services.bundles import write_bundle
from windlass.services.registry_health import (
    UNKNOWN_USE,
    Health,
    Registrar,
    Rules,
    Shelf,
    bundle_problem,
    check_registry,
    judge_version,
    needed_versions,
    problems_of,
)

MODEL = ModelName("fake-model")
NOW = datetime(2024, 5, 1, 12, tzinfo=UTC)
OLD = NOW - timedelta(days=91)
TRAINED_ON = TrainedOn(digest=Digest("sha256:t"), start=OLD, until=OLD)
ARCHIVING = Rules(archive_stale=True)


def version(number: str = "1", **changes: Any) -> ModelVersion:
    whole = {
        "bundle_digest": Digest("sha256:b"),
        "dataset_digest": Digest("sha256:d"),
        "trained_on": TRAINED_ON,
        "metrics": {"mae": 1.0},
        "created": OLD,
    }
    return ModelVersion(model=MODEL, version=Version(number), **{**whole, **changes})


def promotion(
    phase: Phase,
    candidate: str | None = "3",
    champion: str | None = "2",
    target_alias: Alias = CHAMPION,
) -> Promotion:
    return Promotion(
        key=PromotionKey("ml", "the-promotion"),
        uid="u",
        generation=1,
        resource_version="1",
        created_at=NOW,
        spec=PromotionSpec(
            model=MODEL, candidate=Candidate(version=Version("3")), target_alias=target_alias
        ),
        status=status(
            phase,
            candidate=VersionRef(version=Version(candidate)) if candidate else None,
            champion=VersionRef(version=Version(champion)) if champion else None,
        ),
    )


def needed(
    *promotions: Promotion, versions: tuple[ModelVersion, ...] = (), **aliases: Any
) -> dict[str, str]:
    shelf = Shelf(
        promotions=promotions,
        aliases={Alias(name): Version(at) for name, at in aliases.items()},
    )
    found = needed_versions(versions, shelf)
    assert found is not None
    return {str(at): why for at, why in found.items()}


@pytest.mark.parametrize("alias", ["champion", "challenger", "anything"])
def test_a_version_with_an_alias_is_needed(alias: str) -> None:
    aliases: dict[str, Any] = {alias: "1"}
    assert needed(**aliases) == {"1": f"alias {alias}"}


@pytest.mark.parametrize("phase", [phase for phase in Phase if not phase.terminal])
def test_an_open_promotion_needs_its_candidate_and_its_rollback_target(phase: Phase) -> None:
    assert needed(promotion(phase)) == {
        "2": "rollback target of the-promotion",
        "3": "candidate of the-promotion, which is open",
    }


def test_a_promotion_that_has_not_begun_needs_the_version_it_names() -> None:
    assert needed(promotion(Phase.PENDING, candidate=None, champion=None)) == {
        "3": "candidate of the-promotion, which is open"
    }


@pytest.mark.parametrize("phase", [phase for phase in Phase if phase.terminal])
def test_a_closed_promotion_needs_its_target_only_while_its_candidate_is_in_production(
    phase: Phase,
) -> None:
    closed = promotion(phase)
    assert needed(closed, champion="9") == {"9": "alias champion"}
    assert needed(closed, champion="3") == {
        "2": "rollback target of the-promotion",
        "3": "alias champion",
    }


def test_the_alias_is_the_one_that_the_promotion_moves() -> None:
    closed = promotion(Phase.SUCCEEDED, target_alias=Alias("blue"))
    assert "2" not in needed(closed, champion="3")
    assert needed(closed, blue="3")["2"] == "rollback target of the-promotion"


def test_the_champions_tag_tells_its_predecessor_when_its_promotion_is_gone() -> None:
    versions = (version("1"), version("2", succeeded=Version("1")))
    assert needed(versions=versions, champion="2")["1"] == "in production before version 2"
    assert "1" not in needed(versions=versions, champion="3")


def test_a_model_without_promotions_needs_nothing_more() -> None:
    assert needed() == {}


def test_what_can_not_be_read_is_not_known() -> None:
    assert needed_versions((version(),), Shelf(promotions=None)) is None


@pytest.mark.parametrize(
    ("changes", "rules", "stale", "archive"),
    [
        ({}, ARCHIVING, True, True),
        ({}, Rules(), True, False),
        ({}, Rules(check_stale=False, archive_stale=True), False, False),
        ({"created": NOW - timedelta(days=90)}, ARCHIVING, False, False),
        ({"created": None}, ARCHIVING, False, False),
        ({"archived": "2024: stale"}, ARCHIVING, False, False),
        ({"held": "bad canary"}, ARCHIVING, True, True),
    ],
)
def test_a_version_is_archived_when_it_is_old_and_that_is_wanted(
    changes: dict[str, Any], rules: Rules, stale: bool, archive: bool
) -> None:
    found = judge_version(version(**changes), (), {}, rules, NOW)
    assert (found.stale, found.archive) == (stale, archive)


def test_a_version_that_is_needed_or_may_be_is_never_archived() -> None:
    for use, reason in (({Version("1"): "alias x"}, "alias x"), (None, UNKNOWN_USE)):
        found = judge_version(version(), (), use, ARCHIVING, NOW)
        assert (found.stale, found.archive, found.needed) == (True, False, reason)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"dataset_digest": None}, "it lacks the tag windlass.dataset_digest"),
        ({"trained_on": None}, "it lacks the tag windlass.trained_on"),
        ({"metrics": {}}, "it has no metrics"),
    ],
)
def test_what_a_version_lacks_is_told(changes: dict[str, Any], problem: str) -> None:
    assert problems_of(version(**changes), None) == (problem,)


def test_a_whole_version_has_no_problems() -> None:
    assert problems_of(version(), None) == ()
    assert problems_of(version(), "gone") == ("gone",)


def test_an_age_at_which_all_would_be_stale_is_refused() -> None:
    with pytest.raises(InputError, match="at least 1"):
        Rules(max_age=timedelta(0))


def test_bundles_are_read_to_their_last_byte() -> None:
    objects, bundle = MemoryObjects(), fake_model.bundle()
    prefix = f"bundles/{bundle.digest.replace(':', '/')}"
    whole = version(bundle_digest=bundle.digest)
    assert "no complete bundle" in str(bundle_problem(objects, whole))
    write_bundle(objects, bundle)
    assert bundle_problem(objects, whole) is None
    objects.put(f"{prefix}/model.txt", b"altered")
    assert "does not match" in str(bundle_problem(objects, whole))
    assert "no bundle" in str(bundle_problem(objects, version(bundle_digest=None)))


class Registry:
    """A registry with five versions of 91 days, one more of today, and a promotion store."""

    def __init__(self) -> None:
        clock = MemoryClock(OLD)
        self.objects = MemoryObjects()
        self.models = MemoryRegistry(clock=clock)
        self.faults = Faults()
        self.promotions = MemoryPromotions(faults=self.faults)
        for number in range(6):
            if number == 5:
                clock.advance(NOW - OLD)
            self.add(float(number))

    def add(self, scale: float) -> None:
        bundle = fake_model.bundle(scale)
        write_bundle(self.objects, bundle)
        run = self.models.record(RunRecord(experiment=MODEL, name="t", metrics={"mae": scale}))
        made = version(
            bundle_digest=bundle.digest, run_id=run, metrics={"mae": scale}, created=None
        )
        self.models.register(made)

    def check(self, rules: Rules = ARCHIVING, *, blind: bool = False) -> Health:
        registrar = Registrar(
            objects=self.objects,
            registry=self.models,
            promotions=None if blind else self.promotions,
            now=NOW,
            tell=lambda _: None,
        )
        return check_registry(registrar, [MODEL, ModelName("unknown")], rules)

    @property
    def archived(self) -> list[str]:
        return [found.version for found in self.models.versions(MODEL) if found.archived]


@pytest.fixture
def registry() -> Registry:
    """Version 2 is champion, 1 was it before, 3 is the candidate of an open promotion."""
    made = Registry()
    made.models.set_alias(MODEL, CHAMPION, Version("2"))
    for number, phase, before in (("2", Phase.SUCCEEDED, "1"), ("3", Phase.EVALUATING, "2")):
        key = PromotionKey("ml", f"v{number}")
        spec = PromotionSpec(model=MODEL, candidate=Candidate(version=Version(number)))
        applied = made.promotions.apply(key, spec, {})
        references = (VersionRef(version=Version(each)) for each in (number, before))
        candidate, champion = references
        made.promotions.write_status(applied, status(phase, candidate=candidate, champion=champion))
    return made


def test_only_what_nobody_needs_is_archived_and_nothing_is_removed(registry: Registry) -> None:
    before = registry.objects.list("")
    health = registry.check()
    assert registry.archived == ["4", "5"]
    assert health.as_json()["archived"] == ["fake-model/4", "fake-model/5"]
    assert registry.objects.list("") == before
    reasons = {found.version: found.needed for found in health.findings if found.needed}
    assert reasons == {
        "1": "rollback target of v2",
        "2": "alias champion",
        "3": "candidate of v3, which is open",
    }
    assert json.dumps(health.as_json(), allow_nan=False)


def test_checking_again_changes_nothing(registry: Registry) -> None:
    registry.check()
    reasons = [found.archived for found in registry.models.versions(MODEL)]
    again = registry.check()
    assert [found.archived for found in registry.models.versions(MODEL)] == reasons
    assert reasons[3] == "2024-05-01: stale, 91 days old"
    assert [found.state for found in again.findings[3:]] == ["archived", "archived", "ok"]


def test_looking_archives_nothing(registry: Registry) -> None:
    assert [found.stale for found in registry.check(Rules()).findings] == [True] * 5 + [False]
    assert registry.archived == []


def test_where_promotions_can_not_be_read_nothing_is_archived(registry: Registry) -> None:
    registry.check(blind=True)
    assert registry.archived == []
    registry.faults.outage("promotions.list")
    assert {found.needed for found in registry.check().findings[:5]} == {UNKNOWN_USE}
    assert registry.archived == []


def test_damage_is_told_of_the_version_that_has_it(registry: Registry) -> None:
    digest = fake_model.bundle(4.0).digest
    registry.objects.delete(f"bundles/{digest.replace(':', '/')}/model.txt")
    health = registry.check(Rules())
    assert len(health.errors) == 1
    assert health.errors[0].startswith("fake-model version 5: bundle sha256:")
    assert [found.state for found in health.findings][4] == "damaged"
