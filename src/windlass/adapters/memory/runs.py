"""Twin of the flow runs of a work pool."""

from collections.abc import Collection
from dataclasses import replace

from windlass.adapters.memory.faults import Faults
from windlass.domain.flow_jobs import UNDER_WAY, RunState, SeenRun
from windlass.domain.flow_verdicts import Ending
from windlass.domain.names import FlowRunId
from windlass.ports.clock import Clock


class MemoryPoolRuns:
    """PoolRuns port. Whoever plays Prefect and its worker moves runs on with `put`."""

    def __init__(self, clock: Clock, faults: Faults | None = None) -> None:
        self._clock = clock
        self._faults = faults or Faults()
        self._runs: dict[FlowRunId, SeenRun] = {}
        self.messages: dict[FlowRunId, str] = {}
        """Message of the end that a run was brought to."""

    def put(self, run: SeenRun) -> None:
        """Let a run be as given."""
        self._runs[run.id] = run

    def state(self, flow_run: FlowRunId) -> RunState:
        """State a run has now."""
        return self._runs[flow_run].state

    def under_way(self) -> tuple[SeenRun, ...]:
        """Runs that have a Job or are about to get one."""
        with self._faults.call("runs.under_way"):
            return tuple(run for run in self._runs.values() if run.state in UNDER_WAY)

    def find(self, flow_runs: Collection[FlowRunId]) -> tuple[SeenRun, ...]:
        """Those of the given runs that there are."""
        with self._faults.call("runs.find"):
            return tuple(self._runs[found] for found in flow_runs if found in self._runs)

    def end(self, flow_run: FlowRunId, state: Ending, message: str) -> bool:
        """Bring a run to its end, by the same rules as Prefect."""
        with self._faults.call("runs.end", write=True):
            run = self._runs.get(flow_run)
            if run is None or not _allowed(run.state, state):
                return False
            self._runs[flow_run] = replace(run, state=state, since=self._clock.now())
            self.messages[flow_run] = message
            return True


def _allowed(now: RunState, then: Ending) -> bool:
    """Say what Prefect allows: any run can be cancelled, even one whose process told of a crash."""
    return then is RunState.CANCELLED or not (now.over or now is RunState.CANCELLING)
