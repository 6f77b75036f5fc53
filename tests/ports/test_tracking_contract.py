"""What every Tracking does, whether the twin or MLflow."""

import pytest

from tests.support.model_registries import ModelRegistries, new_model, train
from windlass.domain.errors import InputError
from windlass.domain.names import RunId, Version
from windlass.domain.versions import ModelVersion, RunRecord


def test_each_run_gives_the_next_version(registries: ModelRegistries) -> None:
    model, other = new_model(), new_model()

    versions = [train(registries, name).version for name in (model, model, other, model)]

    assert versions == ["1", "2", "1", "3"]


def test_a_version_carries_the_metrics_of_its_run(registries: ModelRegistries) -> None:
    trained = train(registries, new_model(), f1=0.5)

    assert dict(trained.metrics) == {"f1": 0.5}
    assert registries.registry.version(trained.model, trained.version) == trained


def test_registering_a_run_again_gives_the_version_it_has(registries: ModelRegistries) -> None:
    trained = train(registries, new_model())

    again = registries.tracking.register(trained)

    assert again == trained
    assert len(registries.registry.versions(trained.model)) == 1


def test_one_run_may_give_versions_of_two_models(registries: ModelRegistries) -> None:
    trained, other = train(registries, new_model()), new_model()

    version = ModelVersion(model=other, version=Version(""), run_id=trained.run_id)
    registered = registries.tracking.register(version)

    assert (registered.model, registered.version) == (other, "1")
    assert registered.run_id == trained.run_id


def test_a_version_needs_a_recorded_run(registries: ModelRegistries) -> None:
    model = new_model()
    unknown = RunId("f" * 32)

    with pytest.raises(InputError, match=f"a version of {model} comes from a run"):
        registries.tracking.register(ModelVersion(model=model, version=Version("1")))
    with pytest.raises(InputError, match=f"no run {unknown}"):
        registries.tracking.register(
            ModelVersion(model=model, version=Version("1"), run_id=unknown)
        )

    assert registries.registry.versions(model) == ()


def test_runs_of_one_experiment_are_told_apart(registries: ModelRegistries) -> None:
    record = RunRecord(experiment="pumps", name="trial", metrics={"f1": 0.5})

    first = registries.tracking.record(record)
    second = registries.tracking.record(record)

    assert first != second
