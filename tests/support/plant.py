"""A small made-up plant and a model trained on it, made once per test process."""

from functools import cache

from windlass.adapters.memory.objects import MemoryObjects
from windlass.adapters.memory.registry import MemoryRegistry
from windlass.pipelines.predictive_maintenance import steps
from windlass.pipelines.predictive_maintenance.boosting import ALGORITHMS, Algorithm
from windlass.pipelines.predictive_maintenance.params import Parameters
from windlass.pipelines.predictive_maintenance.synthetic import Plant, synthetic_files
from windlass.pipelines.predictive_maintenance.training import Final, Prepared
from windlass.services.training import Crew, TrainedModel, TrainingPorts
from windlass.services.trials import Trial

PLANT = Plant(machines=5, days=40, failures_per_month=4, false_alarms=1)
QUICK = Parameters(gap_hours=0, horizon_hours=24, n_trials=2, folds=2, iterations=30)


class Watched:
    """Progress that remembers what it was told."""

    def __init__(self) -> None:
        self.stages: list[str] = []
        self.steps: list[tuple[str, int, int]] = []

    def stage(self, text: str) -> None:
        """Remember a stage."""
        self.stages.append(text)

    def step(self, text: str, done: int, total: int) -> None:
        """Remember a step."""
        self.steps.append((text, done, total))


def memory_ports() -> TrainingPorts:
    """Ports of a training run, all of them twins."""
    registry = MemoryRegistry()
    return TrainingPorts(
        objects=MemoryObjects(), registry=registry, tracking=registry, progress=Watched()
    )


def crew() -> Crew:
    """One thread does it all, in order."""
    return Crew(call=lambda stage, *args, **kwargs: stage(*args, **kwargs), trials=map, threads=1)


@cache
def files() -> dict[str, bytes]:
    """The plant's five files."""
    return synthetic_files(PLANT)


@cache
def prepared() -> Prepared:
    """The plant's rows."""
    return steps.build_features(steps.validate_data(files(), QUICK), QUICK)


@cache
def fitted() -> tuple[Final, dict[Algorithm, tuple[Trial, ...]]]:
    """A final model and the trials that led to it."""
    ports = memory_ports()
    trials = {
        algorithm: steps.search(algorithm, prepared(), ports, crew()) for algorithm in ALGORITHMS
    }
    return steps.fit_final(prepared(), trials, 1), trials


@cache
def trained() -> TrainedModel:
    """The finished model."""
    return steps.judge(prepared(), *fitted())
