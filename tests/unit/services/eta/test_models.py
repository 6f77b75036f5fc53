"""Models are loaded by their key, verified, or refused with a reason."""

from dataclasses import replace

import pytest

from tests.support import fake_model
from tests.support.streets import PlainModel
from windlass.adapters.memory.objects import MemoryObjects
from windlass.adapters.memory.registry import MemoryRegistry
from windlass.domain.bundle import Bundle, bundle_prefix
from windlass.domain.errors import BundleError, InputError
from windlass.domain.names import ModelName, Version
from windlass.domain.versions import ModelVersion, RunRecord
from windlass.services.bundles import write_bundle
from windlass.services.eta import models
from windlass.services.eta.models import load_model
from windlass.services.eta.stages import Model

BUNDLE = fake_model.bundle()
MODEL = ModelName("transit-eta")


class Streaming:
    """A pipeline whose models predict stops."""

    def load(self, bundle: Bundle) -> PlainModel:
        assert bundle.digest == BUNDLE.digest
        return PlainModel()


class Systems:
    """Registry and objects with one version."""

    def __init__(self) -> None:
        self.registry, self.objects = MemoryRegistry(), MemoryObjects()
        write_bundle(self.objects, BUNDLE)
        run = RunRecord(
            experiment="transit-eta", name="train", parameters={}, metrics={}, tags={}, artifacts={}
        )
        known = ModelVersion(
            model=MODEL,
            version=Version(""),
            run_id=self.registry.record(run),
            bundle_digest=BUNDLE.digest,
        )
        self.registry.register(known)
        other = replace(run, name="foreign")
        self.registry.register(
            ModelVersion(model=MODEL, version=Version(""), run_id=self.registry.record(other))
        )

    def load(self, key: str) -> Model:
        return load_model(self.registry, self.objects, key)


@pytest.fixture
def systems(monkeypatch: pytest.MonkeyPatch) -> Systems:
    monkeypatch.setattr(models, "model_of", lambda pipeline: Streaming())
    return Systems()


@pytest.mark.parametrize("key", ["transit-eta/1", "transit_eta/1"])
def test_a_version_is_loaded_by_its_key(systems: Systems, key: str) -> None:
    model = systems.load(key)
    assert model.key == key
    assert isinstance(model.estimator, PlainModel)


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("transit-eta/9", "transit-eta has no version 9"),
        ("other/1", "other has no version 1"),
        ("transit-eta/2", "transit-eta version 2 has no bundle"),
        ("transit-eta", "names no version: give <model>/<version>"),
        ("transit-eta@champion", "names no version"),
        ("transit-eta/x", "can't be read"),
    ],
)
def test_what_is_not_there_is_named(systems: Systems, key: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        systems.load(key)


def test_a_bundle_that_was_altered_is_refused(systems: Systems) -> None:
    systems.objects.put(f"{bundle_prefix(BUNDLE.digest)}/model.txt", b"9")
    with pytest.raises(BundleError):
        systems.load("transit-eta/1")


def test_a_model_of_another_kind_is_refused(
    systems: Systems, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models, "model_of", lambda pipeline: fake_model)
    with pytest.raises(InputError, match="is a model of fake, which predicts no stops"):
        systems.load("transit-eta/1")
