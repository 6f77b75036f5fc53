"""Trials of a round, evaluated by other flow runs: each takes a share, and leaves documents.

The parent only starts runs and reads documents. What a killed run had finished is kept, and the
rest of its share is asked for again; the parent itself may be killed and repeated at any moment,
for the runs it starts have keys made of study, round, share, attempt and the parent's own id.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import NamedTuple, Protocol

from windlass.domain.errors import InputError, SystemUnavailable
from windlass.domain.names import Digest
from windlass.domain.promotion.evaluation import FlowRun
from windlass.services.trials import Ask, Evaluate, Trial, TrialStore
from windlass.services.tuning import Mapper

DEPLOYMENT = "tune/trials"

ATTEMPTS = 3
"""Runs that a share gets before its search gives up."""


class Runs(Protocol):
    """Starts flow runs and looks them up: part of the FlowRuns port."""

    def start(self, deployment: str, key: str, parameters: Mapping[str, object]) -> FlowRun:
        """Create a run, or return the one that has this key."""

    def find(self, deployment: str, key: str) -> FlowRun | None:
        """Look up the run with this key."""


class Bench(NamedTuple):
    """A pipeline's search, made ready for evaluating points in any process."""

    study: str
    """Name of the study these evaluations belong to: equal only where data and parameters are."""
    evaluate: Evaluate


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What the runs of a search are told: the data and the parameters by reference, no data."""

    study: str
    pipeline: str
    search: str
    """What is searched, in the pipeline's words: its algorithm."""
    dataset: str
    """Prefix in the object store that holds the files."""
    parameters: Mapping[str, str]
    parallelism: int
    """Points per round."""
    runs: int
    """Most runs that share a round."""

    def share_of(self, ask: Ask) -> str:
        """Round and share of a point: always the same, whatever is finished already."""
        return f"{ask.number // self.parallelism}-{ask.number % self.runs}"


FanOut = Callable[[Order], Mapper]


def training_prefix(digest: Digest) -> str:
    """Where the files of a search lie; the same data is written only once."""
    return f"datasets/training/{digest.removeprefix('sha256:')}"


@dataclass(slots=True, kw_only=True)
class FannedOut:
    """The mapper of one search; what it is given to apply, other processes do."""

    runs: Runs
    trials: TrialStore
    order: Order
    parent: str
    """Id of the flow run that searches: stays the same when it is repeated."""
    pause: Callable[[], None]
    """Waits between two looks."""
    _last: FlowRun | None = None

    def __call__(self, _: Callable[[Ask], Trial], asks: Sequence[Ask]) -> Iterator[Trial]:
        """Have the points evaluated; each trial as soon as its document is there."""
        missing = {ask.number: ask for ask in asks}
        # a search that is repeated has some already
        yield from self._found(missing)
        for attempt in range(ATTEMPTS):
            yield from self._collect(self._start(missing.values(), attempt), missing)
            if not missing:
                return
        raise SystemUnavailable("tuning", self._gave_up(sorted(missing)))

    def _start(self, asks: Iterable[Ask], attempt: int) -> dict[str, list[int]]:
        """Start a run for each share; their keys, and the numbers that each was given."""
        shares: dict[str, list[Ask]] = {}
        for ask in asks:
            shares.setdefault(self.order.share_of(ask), []).append(ask)
        started = {}
        for name, share in shares.items():
            key = self._key(name, attempt)
            self._last = self.runs.start(DEPLOYMENT, key, told(self.order, share))
            started[key] = [ask.number for ask in share]
        return started

    def _collect(
        self, started: Mapping[str, Sequence[int]], missing: dict[int, Ask]
    ) -> Iterator[Trial]:
        """Take trials out of `missing` until every run is over or has nothing left to bring."""
        open_runs = dict(started)
        while open_runs:
            # looked at before the documents: a run that is over now has written all it ever will
            over = {key for key in open_runs if self._is_over(key)}
            yield from self._found(missing)
            open_runs = {
                key: numbers
                for key, numbers in open_runs.items()
                if key not in over and any(number in missing for number in numbers)
            }
            if open_runs:
                self.pause()

    def _found(self, missing: dict[int, Ask]) -> Iterator[Trial]:
        for number, trial in sorted(self.trials.read(list(missing)).items()):
            del missing[number]
            yield trial

    def _key(self, name: str, attempt: int) -> str:
        """Key of an attempt: not of a run that is over, which an earlier search has started."""
        while True:
            key = f"{self.order.study}-{name}-{attempt}-{self.parent}"
            found = self.runs.find(DEPLOYMENT, key)
            if found is None or not found.state.finished:
                return key
            attempt += 1

    def _is_over(self, key: str) -> bool:
        run = self.runs.find(DEPLOYMENT, key)
        if run is None:
            return True
        if run.state.finished:
            self._last = run
        return run.state.finished

    def _gave_up(self, missing: Sequence[int]) -> str:
        numbers = ", ".join(map(str, missing))
        last = self._last
        said = f", {last.id}, ended {last.state} {last.message}".rstrip() if last else ""
        return (
            f"trials {numbers} of {self.order.study} have no result after {ATTEMPTS} runs of"
            f" {DEPLOYMENT}; the last one{said}"
        )


def told(order: Order, asks: Iterable[Ask]) -> dict[str, object]:
    """Parameters of a run that evaluates these points."""
    return {
        "study": order.study,
        "pipeline": order.pipeline,
        "search": order.search,
        "dataset": order.dataset,
        "parameters": dict(order.parameters),
        "asks": [asdict(ask) for ask in asks],
    }


def evaluate_share(trials: TrialStore, bench: Bench, asks: Sequence[Ask]) -> Iterator[Trial]:
    """Evaluate what is still missing of a share; InputError where data or parameters differ."""
    if bench.study != trials.study:
        raise InputError(
            f"data and parameters are those of {bench.study}, not of {trials.study}: parent and"
            " child must run the same version of Windlass on the same data"
        )
    return trials.evaluate_missing(asks, bench.evaluate)
