"""The work of a `score-versions` run, while systems come and go."""

import pytest

from tests.support import plant
from windlass.adapters.memory.faults import Faults, Kind, PlannedFault
from windlass.adapters.memory.objects import MemoryObjects
from windlass.adapters.memory.registry import MemoryRegistry
from windlass.domain.bundle import Bundle
from windlass.domain.errors import InputError, SystemUnavailable
from windlass.domain.names import ModelName, Version
from windlass.domain.promotion.evaluation import EvaluationResult, result_object
from windlass.domain.versions import ModelVersion, RunRecord
from windlass.services import patience, scoring
from windlass.services.bundles import write_bundle
from windlass.services.datasets import holdout_prefix
from windlass.services.evaluation import Dataset
from windlass.services.results import parse_result
from windlass.services.scoring import Comparison, leave_result

MODEL = ModelName("predictive-maintenance")
WANTED = Comparison(
    model=MODEL,
    candidate=Version("1"),
    champion=Version("1"),
    dataset=f"s3://windlass/{holdout_prefix(MODEL)}",
)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    def judged(bundle: Bundle, dataset: Dataset) -> dict[str, float]:
        return {"average_precision": 0.5}

    monkeypatch.setattr(patience, "_PAUSE", 0.0)
    monkeypatch.setattr(scoring, "judge_apart", judged)


class World:
    """An object store with a bundle and a dataset, and the registry that knows them."""

    def __init__(self, *plan: PlannedFault) -> None:
        self.faults = Faults(*plan)
        self.objects = MemoryObjects(faults=self.faults)
        self.registry = MemoryRegistry(self.faults)
        self.told: list[str] = []
        with self.faults.off():
            self._fill()

    def _fill(self) -> None:
        trained = plant.trained()
        write_bundle(self.objects, trained.bundle)
        for name, content in trained.holdout.items():
            self.objects.put(f"{holdout_prefix(MODEL)}/{name}", content)
        run = self.registry.record(RunRecord(experiment=MODEL, name="1"))
        digest = trained.bundle.digest
        version = ModelVersion(model=MODEL, version=Version("1"), run_id=run, bundle_digest=digest)
        self.registry.register(version)

    def evaluate(self, wanted: Comparison = WANTED) -> EvaluationResult:
        return leave_result(self.objects, self.registry, wanted, "k", self.told.append)

    def left(self) -> EvaluationResult:
        with self.faults.off():
            return parse_result(self.objects.get(result_object("k")) or b"")


def test_the_result_is_left_where_the_promotion_looks() -> None:
    world = World()
    found = world.evaluate()
    assert found.candidate.metrics == {"average_precision": 0.5}
    assert (world.left(), world.told) == (found, [])


@pytest.mark.parametrize("kind", [Kind.FAIL, Kind.LATE])
def test_a_system_that_is_away_at_any_call_delays_it_and_changes_nothing(kind: Kind) -> None:
    undisturbed = World()
    wanted = undisturbed.evaluate()
    for n in range(1, len(undisturbed.faults.log) + 1):
        world = World(PlannedFault(kind=kind, at=n))
        assert world.evaluate() == wanted, n
        assert world.left() == wanted, n
        assert len(world.told) == 1, n


def test_one_that_stays_away_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scoring, "OUTAGE_SECONDS", 0.0)
    world = World()
    world.faults.outage("registry")
    with pytest.raises(SystemUnavailable):
        world.evaluate()


def test_what_is_not_there_is_not_waited_for() -> None:
    world = World()
    absent = Comparison(model=MODEL, candidate=Version("9"), champion=None, dataset=WANTED.dataset)
    with pytest.raises(InputError, match="has no version 9"):
        world.evaluate(absent)
    assert world.told == []
