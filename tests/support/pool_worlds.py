"""Runs of a work pool as a contract suite sees them: the twin, or a real Prefect."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol
from uuid import uuid4

import httpx

from tests.support.prefect_worlds import PATIENT, new_name, post
from windlass.adapters.memory.clock import MemoryClock
from windlass.adapters.memory.runs import MemoryPoolRuns
from windlass.adapters.prefect_rest import prefect_rest
from windlass.adapters.prefect_runs import PrefectPoolRuns
from windlass.domain.flow_jobs import RunState, SeenRun
from windlass.domain.names import FlowRunId
from windlass.ports.runs import PoolRuns


class PoolWorld(Protocol):
    """The port, and the power of Prefect's worker and of flows."""

    @property
    def runs(self) -> PoolRuns: ...

    def start(self, state: RunState, infrastructure: str = "") -> FlowRunId:
        """Create a run of the pool."""

    def start_elsewhere(self, state: RunState) -> FlowRunId:
        """Create a run of another pool."""

    def message(self, flow_run: FlowRunId) -> str: ...


class TwinPool:
    """The twin."""

    def __init__(self) -> None:
        self._clock = MemoryClock()
        self.runs = MemoryPoolRuns(self._clock)

    def start(self, state: RunState, infrastructure: str = "") -> FlowRunId:
        flow_run = FlowRunId(str(uuid4()))
        made = SeenRun(
            id=flow_run,
            name=new_name(),
            state=state,
            since=self._clock.now(),
            infrastructure=infrastructure,
        )
        self.runs.put(made)
        return flow_run

    def start_elsewhere(self, state: RunState) -> FlowRunId:
        return FlowRunId(str(uuid4()))

    def message(self, flow_run: FlowRunId) -> str:
        return self.runs.messages[flow_run]


class PrefectPool:
    """A real Prefect, spoken to as its worker and flows do."""

    def __init__(self, runs: PrefectPoolRuns, client: httpx.Client, pool: str) -> None:
        self.runs = runs
        self._client = client
        self._pool = pool

    def start(self, state: RunState, infrastructure: str = "") -> FlowRunId:
        flow_run = self._start(self._pool, state)
        if infrastructure:
            change = {"infrastructure_pid": infrastructure}
            assert self._client.patch(f"/flow_runs/{flow_run}", json=change).is_success
        return flow_run

    def start_elsewhere(self, state: RunState) -> FlowRunId:
        return self._start(new_pool(self._client), state)

    def message(self, flow_run: FlowRunId) -> str:
        return str(self._client.get(f"/flow_runs/{flow_run}").json()["state"]["message"])

    def create(
        self, count: int, concurrency_limit: int | None = None, pool: str = ""
    ) -> list[FlowRunId]:
        """Create runs of one new deployment, which wait for a worker."""
        flow = post(self._client, "/flows/", {"name": new_name()})["id"]
        document = {
            "name": "x",
            "flow_id": flow,
            "work_pool_name": pool or self._pool,
            "concurrency_limit": concurrency_limit,
        }
        path = f"/deployments/{post(self._client, '/deployments/', document)['id']}/create_flow_run"
        return [FlowRunId(post(self._client, path, {})["id"]) for _ in range(count)]

    def propose(self, flow_run: FlowRunId, state: RunState, force: bool = False) -> bool:
        """Propose a state, as a worker does, or force it."""
        proposal = {"type": state.value, "name": state.value.title()}
        document = {"state": proposal, "force": force}
        answer = post(self._client, f"/flow_runs/{flow_run}/set_state", document)
        return bool(answer["status"] == "ACCEPT")

    def _start(self, pool: str, state: RunState) -> FlowRunId:
        (flow_run,) = self.create(1, pool=pool)
        # a run that has not begun can't be cancelling: it is cancelled at once
        for step in (RunState.RUNNING, state):
            assert self.propose(flow_run, step, force=True)
        return flow_run


def new_pool(client: httpx.Client) -> str:
    """Create a work pool."""
    return str(post(client, "/work_pools/", {"name": new_name(), "type": "process"})["name"])


@contextmanager
def prefect_pool(url: str) -> Iterator[PrefectPool]:
    """A work pool of its own in a running Prefect."""
    rest = prefect_rest(url, timeout=PATIENT)
    with httpx.Client(base_url=url, timeout=PATIENT) as client:
        pool = new_pool(client)
        yield PrefectPool(PrefectPoolRuns(rest, pool), client, pool)
    rest.close()
