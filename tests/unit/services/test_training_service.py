"""What follows a training: killed anywhere, it leaves nothing that looks finished."""

import itertools

import pytest

from tests.support.plant import Watched
from tests.support.promotions import NOW, digest
from windlass.adapters.memory.faults import Faults, Killed, Kind, PlannedFault
from windlass.adapters.memory.objects import MemoryObjects
from windlass.adapters.memory.registry import MemoryRegistry
from windlass.domain.bundle import Golden, Manifest, TrainedOn
from windlass.domain.content import digest_files
from windlass.domain.names import ModelName
from windlass.domain.versions import RunRecord
from windlass.services.bundles import make_bundle, read_bundle
from windlass.services.datasets import fetch_dataset, holdout_prefix
from windlass.services.training import (
    CHALLENGER,
    Registered,
    TrainedModel,
    TrainingPorts,
    record,
    register,
    store,
)

MODEL = ModelName("some-model")
MANIFEST = Manifest(
    pipeline="some-model",
    features_version="1",
    features=("x",),
    dtypes={"x": "float32"},
    files={},
    trained_on=TrainedOn(digest=digest("1"), start=NOW, until=NOW),
    golden=Golden(request={"x": 1.0}, score=0.5),
)
TRAINED = TrainedModel(
    model=MODEL,
    bundle=make_bundle(MANIFEST, {"model.cbm": b"trees"}),
    parameters={"depth": "4"},
    metrics={"f1": 0.5},
    holdout={"a.csv": b"1"},
    artifacts={"plots/a.png": b"picture"},
    trials=[
        RunRecord(experiment=MODEL, name="trial-0"),
        RunRecord(experiment=MODEL, name="trial-1"),
    ],
)


def ports_with(faults: Faults) -> TrainingPorts:
    registry = MemoryRegistry(faults)
    return TrainingPorts(
        objects=MemoryObjects(faults=faults),
        registry=registry,
        tracking=registry,
        progress=Watched(),
    )


def finish(ports: TrainingPorts) -> Registered:
    store(ports.objects, TRAINED, publish_holdout=True)
    return register(ports, TRAINED, record(ports.tracking, TRAINED))


def test_the_version_carries_what_promotion_asks_for() -> None:
    ports = ports_with(Faults())
    registered = finish(ports)
    version = ports.registry.version(MODEL, registered.version)
    assert version is not None
    assert version.bundle_digest == TRAINED.bundle.digest
    assert version.dataset_digest == digest_files(TRAINED.holdout)
    assert version.trained_on == MANIFEST.trained_on
    assert version.metrics == {"f1": 0.5}
    assert ports.registry.aliased(MODEL, CHALLENGER) == registered.version
    assert read_bundle(ports.objects, TRAINED.bundle.digest) == TRAINED.bundle
    assert fetch_dataset(ports.objects, holdout_prefix(MODEL)) == TRAINED.holdout


def test_trials_lie_below_their_run() -> None:
    ports = ports_with(Faults())
    run_id = record(ports.tracking, TRAINED)
    assert isinstance(ports.tracking, MemoryRegistry)
    assert [(run.name, run.parent) for run in ports.tracking.runs.values()][1:] == [
        ("trial-0", run_id),
        ("trial-1", run_id),
    ]


def test_the_held_back_part_of_before_stays_where_that_is_wanted() -> None:
    ports = ports_with(Faults())
    store(ports.objects, TRAINED, publish_holdout=False)
    assert ports.objects.list("datasets/") == ()


def test_registering_a_run_again_gives_the_same_version() -> None:
    ports = ports_with(Faults())
    run_id = record(ports.tracking, TRAINED)
    assert register(ports, TRAINED, run_id) == register(ports, TRAINED, run_id)
    assert len(ports.registry.versions(MODEL)) == 1


def test_killed_after_any_write_the_alias_never_names_what_is_not_whole() -> None:
    for at in itertools.count(1):
        faults = Faults(PlannedFault(kind=Kind.KILL, at=at))
        ports = ports_with(faults)
        try:
            finish(ports)
        except Killed:
            faults.lift()
        else:
            break
        alias = ports.registry.aliased(MODEL, CHALLENGER)
        if alias is not None:
            version = ports.registry.version(MODEL, alias)
            assert version is not None
            assert version.bundle_digest is not None
            assert read_bundle(ports.objects, version.bundle_digest) == TRAINED.bundle
        again = finish(ports)
        assert ports.registry.aliased(MODEL, CHALLENGER) == again.version
    assert at > 6


@pytest.mark.parametrize("step", [Kind.FAIL, Kind.LATE])
def test_a_system_that_fails_once_can_be_asked_again(step: Kind) -> None:
    faults = Faults(PlannedFault(kind=step, target="registry.set_alias"))
    ports = ports_with(faults)
    run_id = record(ports.tracking, TRAINED)
    with pytest.raises(Exception, match="injected"):
        register(ports, TRAINED, run_id)
    assert register(ports, TRAINED, run_id).version == "1"


def test_the_result_is_what_the_command_line_prints() -> None:
    assert finish(ports_with(Faults())).as_json() == {
        "run_id": f"{1:032x}",
        "model": "some-model",
        "version": "1",
        "metrics": {"f1": 0.5},
        "bundle_digest": TRAINED.bundle.digest,
    }
