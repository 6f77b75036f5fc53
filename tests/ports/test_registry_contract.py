"""What every Registry does, whether the twin or MLflow."""

from dataclasses import replace

import pytest

from tests.support.model_registries import TRAINED_ON, ModelRegistries, new_model, train
from windlass.domain.errors import InputError
from windlass.domain.names import Alias, ModelName, Version
from windlass.domain.versions import ModelVersion

CHAMPION = Alias("champion")


def test_a_registered_version_is_read_back_whole(registries: ModelRegistries) -> None:
    trained = train(registries, new_model(), f1=0.75)

    found = registries.registry.version(trained.model, Version("1"))

    assert found == ModelVersion(
        model=trained.model,
        version=Version("1"),
        run_id=trained.run_id,
        bundle_digest=trained.bundle_digest,
        dataset_digest=trained.dataset_digest,
        trained_on=TRAINED_ON,
        metrics={"f1": 0.75},
    )


def test_what_does_not_exist_is_none(registries: ModelRegistries) -> None:
    registry, model, unknown = registries.registry, new_model(), new_model()
    train(registries, model)

    assert registry.version(unknown, Version("1")) is None
    assert registry.version(model, Version("2")) is None
    assert registry.versions(unknown) == ()
    assert registry.aliased(unknown, CHAMPION) is None
    assert registry.aliased(model, CHAMPION) is None


def test_versions_are_listed_oldest_first_and_without_metrics(registries: ModelRegistries) -> None:
    model = new_model()
    trained = [train(registries, model) for _ in range(10)]

    found = registries.registry.versions(model)

    assert [version.version for version in found] == [str(number) for number in range(1, 11)]
    assert [version.run_id for version in found] == [version.run_id for version in trained]
    assert {version.bundle_digest for version in found} == {trained[0].bundle_digest}
    assert [dict(version.metrics) for version in found] == [{}] * 10


def test_an_alias_is_moved_and_removed(registries: ModelRegistries) -> None:
    registry, model = registries.registry, new_model()
    for _ in range(2):
        train(registries, model)

    seen = []
    for version in ("1", "1", "2"):
        registry.set_alias(model, CHAMPION, Version(version))
        seen.append(registry.aliased(model, CHAMPION))
    registry.delete_alias(model, CHAMPION)

    assert seen == ["1", "1", "2"]
    assert registry.aliased(model, CHAMPION) is None


def test_aliases_of_a_model_do_not_disturb_each_other(registries: ModelRegistries) -> None:
    registry, model = registries.registry, new_model()
    for _ in range(2):
        train(registries, model)
    registry.set_alias(model, CHAMPION, Version("1"))
    registry.set_alias(model, Alias("challenger"), Version("2"))

    registry.delete_alias(model, Alias("challenger"))

    assert registry.aliased(model, CHAMPION) == "1"
    assert registry.aliased(model, Alias("challenger")) is None


def test_all_aliases_of_a_model_are_listed(registries: ModelRegistries) -> None:
    registry, model, unknown = registries.registry, new_model(), new_model()
    for _ in range(2):
        train(registries, model)
    assert registry.aliases(model) == registry.aliases(unknown) == {}

    registry.set_alias(model, CHAMPION, Version("1"))
    registry.set_alias(model, Alias("challenger"), Version("2"))

    assert registry.aliases(model) == {"champion": "1", "challenger": "2"}


def test_a_version_tells_when_it_was_registered(registries: ModelRegistries) -> None:
    model = new_model()
    train(registries, model)
    [listed] = registries.registry.versions(model)
    looked_up = registries.registry.version(model, Version("1"))
    assert listed.created is not None
    assert looked_up is not None
    assert looked_up.created == listed.created
    assert listed.created.tzinfo is not None


def test_an_archived_version_says_why_and_keeps_all_else(registries: ModelRegistries) -> None:
    registry, model = registries.registry, new_model()
    trained = train(registries, model)
    registry.set_alias(model, CHAMPION, Version("1"))

    registry.archive(model, Version("1"), "2024-05-01: stale")

    found = registry.version(model, Version("1"))
    assert found == replace(trained, archived="2024-05-01: stale", metrics={"f1": 0.5})
    assert registry.versions(model)[0].archived == "2024-05-01: stale"
    assert registry.aliased(model, CHAMPION) == "1"
    registry.tag(model, Version("1"), {"windlass.archived": ""})
    assert registry.versions(model)[0].archived is None


def test_a_promoted_version_tells_what_was_there_before(registries: ModelRegistries) -> None:
    registry, model = registries.registry, new_model()
    for _ in range(2):
        train(registries, model)
    registry.tag(model, Version("2"), {"windlass.from": "1"})
    assert [found.succeeded for found in registry.versions(model)] == [None, "1"]


def test_an_alias_never_points_at_a_missing_version(registries: ModelRegistries) -> None:
    registry, model, unknown = registries.registry, new_model(), new_model()
    train(registries, model)
    registry.set_alias(model, CHAMPION, Version("1"))

    with pytest.raises(InputError, match=f"model {model} has no version 9"):
        registry.set_alias(model, CHAMPION, Version("9"))
    with pytest.raises(InputError, match=f"model {unknown} has no version 1"):
        registry.set_alias(unknown, CHAMPION, Version("1"))

    assert registry.aliased(model, CHAMPION) == "1"


@pytest.mark.parametrize("known", [True, False])
def test_removing_a_missing_alias_changes_nothing(registries: ModelRegistries, known: bool) -> None:
    model = new_model()
    if known:
        train(registries, model)

    registries.registry.delete_alias(model, CHAMPION)

    assert registries.registry.aliased(model, CHAMPION) is None


def test_a_held_version_says_why_until_released(registries: ModelRegistries) -> None:
    registry, model = registries.registry, new_model()
    train(registries, model)

    registry.hold(model, Version("1"), "errors in canary: 3 % > 1 %")
    held = _held(registries, model)
    listed = registry.versions(model)[0].held
    registry.release(model, Version("1"))

    assert held == listed == "errors in canary: 3 % > 1 %"
    assert _held(registries, model) is None


def test_releasing_what_is_not_held_changes_nothing(registries: ModelRegistries) -> None:
    registry, model = registries.registry, new_model()
    train(registries, model)

    registry.release(model, Version("1"))
    registry.release(model, Version("2"))
    registry.release(new_model(), Version("1"))

    assert _held(registries, model) is None


def test_tags_leave_the_rest_of_a_version_alone(registries: ModelRegistries) -> None:
    registry, model = registries.registry, new_model()
    train(registries, model)
    before = registry.version(model, Version("1"))

    registry.tag(model, Version("1"), {"windlass.promoted_by": "ada", "windlass.from": ""})
    registry.tag(model, Version("1"), {})

    assert registry.version(model, Version("1")) == before


def test_a_missing_version_takes_neither_tag_nor_hold(registries: ModelRegistries) -> None:
    registry, model = registries.registry, new_model()
    train(registries, model)

    with pytest.raises(InputError, match="has no version 2"):
        registry.tag(model, Version("2"), {"key": "value"})
    with pytest.raises(InputError, match="has no version 2"):
        registry.hold(model, Version("2"), "why")
    with pytest.raises(InputError, match="has no version 2"):
        registry.archive(model, Version("2"), "why")


def test_metrics_outlive_the_training_run(registries: ModelRegistries) -> None:
    trained = train(registries, new_model(), f1=0.25)
    assert trained.run_id is not None

    registries.collect(trained.run_id)

    found = registries.registry.version(trained.model, trained.version)
    assert found == trained
    assert found is not None
    assert dict(found.metrics) == {"f1": 0.25}


def _held(registries: ModelRegistries, model: ModelName) -> str | None:
    found = registries.registry.version(model, Version("1"))
    assert found is not None
    return found.held
