"""Flow runs of a work pool, in Prefect."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, RootModel

from windlass.adapters.prefect_rest import is_id
from windlass.adapters.rest import Request, Rest, path
from windlass.domain.flow_jobs import UNDER_WAY, RunState, SeenRun
from windlass.domain.flow_verdicts import Ending
from windlass.domain.names import FlowRunId

PAGE_SIZE = 200
"""Runs asked for at once: no Prefect server gives more by default."""


class _State(BaseModel):
    type: RunState
    timestamp: AwareDatetime


class _FlowRun(BaseModel):
    id: UUID
    name: str
    state: _State | None = None
    infrastructure_pid: str | None = None


class _FlowRuns(RootModel[tuple[_FlowRun, ...]]):
    pass


class _Outcome(BaseModel):
    status: Literal["ACCEPT", "REJECT", "ABORT", "WAIT"]


class PrefectPoolRuns:
    """PoolRuns port over Prefect's REST API."""

    def __init__(self, rest: Rest, work_pool: str) -> None:
        self._rest = rest
        self._work_pool = work_pool

    def under_way(self) -> tuple[SeenRun, ...]:
        """Runs that have a Job or are about to get one."""
        wanted = {"state": {"type": {"any_": [state.value for state in UNDER_WAY]}}}
        return tuple(self._all(wanted))

    def find(self, flow_runs: Collection[FlowRunId]) -> tuple[SeenRun, ...]:
        """Those of the given runs that there are; a label that is no id names none."""
        ids = sorted({str(found) for found in flow_runs if is_id(found)})
        return tuple(
            run
            for start in range(0, len(ids), PAGE_SIZE)
            for run in self._all({"id": {"any_": ids[start : start + PAGE_SIZE]}})
        )

    def end(self, flow_run: FlowRunId, state: Ending, message: str) -> bool:
        """Propose the end to Prefect, whose rules decide: unlike force, they lose no result."""
        proposal = {"type": state.value, "name": state.value.title(), "message": message}
        request = Request(
            method="POST",
            path=path("flow_runs", flow_run, "set_state"),
            body={"state": proposal, "force": False},
        )
        outcome = self._rest.fetch(_Outcome, request)
        return outcome is not None and outcome.status == "ACCEPT"

    def _all(self, wanted: Mapping[str, object]) -> Iterator[SeenRun]:
        offset = 0
        while True:
            page = self._page(wanted, offset)
            yield from (_seen(run, run.state) for run in page if run.state is not None)
            if len(page) < PAGE_SIZE:
                return
            offset += PAGE_SIZE

    def _page(self, wanted: Mapping[str, object], offset: int) -> Sequence[_FlowRun]:
        search = Request(
            method="POST",
            path=path("flow_runs", "filter"),
            body={
                "flow_runs": wanted,
                "work_pools": {"name": {"any_": [self._work_pool]}},
                "sort": "ID_DESC",
                "offset": offset,
                "limit": PAGE_SIZE,
            },
        )
        found = self._rest.fetch(_FlowRuns, search)
        return found.root if found else ()


def _seen(run: _FlowRun, state: _State) -> SeenRun:
    since: datetime = state.timestamp
    return SeenRun(
        id=FlowRunId(str(run.id)),
        name=run.name,
        state=state.type,
        since=since,
        infrastructure=run.infrastructure_pid or "",
    )
