"""Keeps flow runs and their Jobs together: beside Prefect's worker, level-based.

Each look reads both sides anew, so what was missed while it or anything else was down is made good
by the next one. A look that can't read both sides changes nothing.
"""

import logging
import random
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from windlass.domain.errors import WindlassError
from windlass.domain.flow_jobs import NO_WORK, STOP_GRACE, SeenRun, Work, by_run
from windlass.domain.flow_verdicts import (
    NOTHING,
    PATIENCE,
    Action,
    Memory,
    Patience,
    Sight,
    judge,
)
from windlass.domain.names import FlowRunId
from windlass.ports.clock import Clock
from windlass.ports.jobs import FlowJobs
from windlass.ports.runs import PoolRuns

_LOG = logging.getLogger(__name__)

LOOK_SECONDS = 2.0
"""Between two looks, give or take a fifth: a cancelled run may take ten to end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunKeeperPorts:
    """What a keeper looks at."""

    runs: PoolRuns
    jobs: FlowJobs
    clock: Clock
    namespace: str
    """The one that `jobs` reads: runs whose Job is elsewhere are not judged."""


@dataclass(slots=True, kw_only=True)
class RunKeeper:
    """Compares flow runs with Jobs and does what `judge` says."""

    ports: RunKeeperPorts
    alive: Callable[[], None] = lambda: None
    """Called after each look and each failed act: it works, whatever the systems do."""
    patience: Patience = PATIENCE
    _memories: dict[FlowRunId, Memory] = field(default_factory=dict)
    _faults: dict[FlowRunId | None, str] = field(default_factory=dict)
    """What was logged last of a run, or of all looks: an outage is logged once, not each second."""

    def keep(self, stopping: threading.Event, seconds: float = LOOK_SECONDS) -> None:
        """Look again and again."""
        while not stopping.is_set():
            try:
                self.look()
            except WindlassError as fault:
                self._failed(None, "nothing is changed: %s", fault)
            else:
                self._well(None)
            self.alive()
            stopping.wait(seconds * random.uniform(0.8, 1.2))

    def look(self) -> None:
        """Compare once and act. Raises SystemUnavailable when either side can't be read."""
        runs, work = self._read()
        now = self.ports.clock.now()
        memories: dict[FlowRunId, Memory] = {}
        for run in runs:
            sight = Sight(run=run, work=work.get(run.id, NO_WORK), now=now, patience=self.patience)
            judgement = judge(sight, self._memories.get(run.id, NOTHING))
            memories[run.id] = judgement.memory
            if judgement.action is not None:
                self._try(run, judgement.action)
        self._memories = memories
        self._faults = {key: said for key, said in self._faults.items() if key in (None, *memories)}

    def _read(self) -> tuple[tuple[SeenRun, ...], Mapping[FlowRunId, Work]]:
        """Read runs first: a Job that is then missing was not just about to be listed."""
        under_way = self.ports.runs.under_way()
        work = by_run(self.ports.jobs.list())
        known = {run.id for run in under_way}
        now = self.ports.clock.now()
        asked = {run for run, its in work.items() if its.ours.left(now)}
        asked |= {run for run, memory in self._memories.items() if memory.cancelling}
        others = self.ports.runs.find(sorted(asked - known)) if asked - known else ()
        runs = (run for run in (*under_way, *others) if run.may_run_in(self.ports.namespace))
        return tuple(runs), work

    def _try(self, run: SeenRun, action: Action) -> None:
        """Act on one run; that it fails must not keep the others waiting."""
        try:
            self._act(run, action)
        except WindlassError as fault:
            self._failed(run.id, "run %s (%s): tried again soon: %s", run.name, run.id, fault)
            self.alive()
        else:
            self._well(run.id)

    def _act(self, run: SeenRun, action: Action) -> None:
        """End the run first: its message shall be ours, not the worker's about a deleted Job."""
        if action.state is not None:
            if not self.ports.runs.end(run.id, action.state, action.message):
                _LOG.debug("run %s (%s) went on by itself", run.name, run.id)
                return
            _LOG.info("run %s (%s): %s", run.name, run.id, action.message)
        if not action.stop:
            return
        for job in action.stop.jobs:
            self.ports.jobs.delete_job(job.name)
        for pod in action.stop.pods:
            self.ports.jobs.delete_pod(pod.name, STOP_GRACE)
        why = "" if action.state is not None else f": {action.message}"
        _LOG.info("run %s (%s): deleted %s%s", run.name, run.id, ", ".join(action.stop.names), why)

    def _failed(self, key: FlowRunId | None, text: str, *values: object) -> None:
        said = text % values
        if self._faults.get(key) != said:
            self._faults[key] = said
            _LOG.warning("%s", said)

    def _well(self, key: FlowRunId | None) -> None:
        if self._faults.pop(key, None) is not None and key is None:
            _LOG.info("all systems answer again")
