"""Runs of `tune/trials` on twins: who starts them, and a worker that plays their pods."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from windlass.adapters.memory.flows import MemoryFlowRuns, Started
from windlass.adapters.memory.objects import MemoryObjects
from windlass.domain.promotion.evaluation import FlowRunState
from windlass.services.fanout import DEPLOYMENT, Bench, FannedOut, Order, evaluate_share
from windlass.services.trials import Ask, Evaluate, Trial, TrialStore

STUDY = "pipeline-algorithm-0123"

Pod = Callable[[Started, "Workers"], None]
"""What becomes of one run."""


def order(*, parallelism: int = 4, runs: int = 2) -> Order:
    """An order that tells nothing of any pipeline."""
    return Order(
        study=STUDY,
        pipeline="pipeline",
        search="algorithm",
        dataset="datasets/training/0123",
        parameters={"seed": "0"},
        parallelism=parallelism,
        runs=runs,
    )


@dataclass(slots=True)
class Workers:
    """Plays the pods of all runs, each once, whenever the parent waits."""

    evaluate: Evaluate
    pods: Sequence[Pod] = ()
    """What becomes of the first runs; all later ones complete."""
    flows: MemoryFlowRuns = field(default_factory=lambda: MemoryFlowRuns([DEPLOYMENT]))
    objects: MemoryObjects = field(default_factory=MemoryObjects)
    played: int = 0
    waited: int = 0

    def pause(self) -> None:
        """Let every run that was started since the last look have its pod."""
        self.waited += 1
        assert self.waited < 100, "the parent waits for runs that are over"
        waiting = self.flows.started[self.played :]
        for run in waiting:
            pod = self.pods[self.played] if self.played < len(self.pods) else complete
            self.played += 1
            pod(run, self)

    def mapper(self, wanted: Order, parent: str = "parent") -> FannedOut:
        """The mapper of a parent."""
        return FannedOut(
            runs=self.flows,
            trials=TrialStore(self.objects, wanted.study),
            order=wanted,
            parent=parent,
            pause=self.pause,
        )

    def share(self, run: Started) -> list[Ask]:
        """Points that a run was told to evaluate."""
        asks = run.parameters["asks"]
        assert isinstance(asks, list)
        return [Ask(**ask) for ask in asks]

    def work(self, run: Started, most: int | None = None) -> None:
        """Evaluate points as the run's process does, until it is killed after `most`."""
        study = str(run.parameters["study"])
        bench = Bench(study=study, evaluate=self.evaluate)
        found = evaluate_share(TrialStore(self.objects, study), bench, self.share(run))
        for number, _ in enumerate(found, 1):
            if number == most:
                break


def complete(run: Started, workers: Workers) -> None:
    """A run that goes as it should."""
    workers.work(run)
    workers.flows.set_state(run.flow_run, FlowRunState.COMPLETED)


def killed_after(trials: int) -> Pod:
    """A pod that is killed once it has written so many documents."""

    def pod(run: Started, workers: Workers) -> None:
        if trials:
            workers.work(run, trials)
        workers.flows.set_state(run.flow_run, FlowRunState.CRASHED, "OOMKilled")

    return pod


def never_heard_of_again(run: Started, workers: Workers) -> None:
    """A pod that finishes its work, but whose end nobody sees."""
    workers.work(run)
    workers.flows.set_state(run.flow_run, FlowRunState.RUNNING)


def unused(ask: Ask) -> Trial:
    """What a mapper is given to apply; a fanned-out search must not."""
    raise AssertionError(f"point {ask.number} was evaluated by the parent")
