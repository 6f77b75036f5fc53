"""Flow runs of one work pool, as whoever watches their Jobs sees them (Prefect)."""

from collections.abc import Collection
from typing import Protocol

from windlass.domain.flow_jobs import SeenRun
from windlass.domain.flow_verdicts import Ending
from windlass.domain.names import FlowRunId


class PoolRuns(Protocol):
    """Flow runs of one work pool; those of others do not exist here."""

    def under_way(self) -> tuple[SeenRun, ...]:
        """Runs that have a Job or are about to get one: pending, running, cancelling."""

    def find(self, flow_runs: Collection[FlowRunId]) -> tuple[SeenRun, ...]:
        """Those of the given runs that there are, in whatever state."""

    def end(self, flow_run: FlowRunId, state: Ending, message: str) -> bool:
        """Bring a run to its end; False when that is not to be had, or the run is gone.

        One that is cancelling can't crash, nor can one that is over; any can be cancelled.
        """
