"""Twin of Prefect's deployments and flow runs."""

import dataclasses
from collections.abc import Iterable, Mapping
from uuid import NAMESPACE_URL, uuid5

from windlass.adapters.memory.clock import MemoryClock
from windlass.adapters.memory.faults import Faults
from windlass.adapters.prefect_flows import unknown_deployment
from windlass.domain.names import FlowRunId
from windlass.domain.promotion.evaluation import FlowRun, FlowRunState
from windlass.ports.clock import Clock


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """A run that was created."""

    deployment: str
    key: str
    parameters: Mapping[str, object]
    flow_run: FlowRunId


class MemoryFlowRuns:
    """FlowRuns port. Nothing runs: whoever plays the worker moves runs on with `set_state`."""

    def __init__(
        self,
        deployments: Iterable[str] = (),
        faults: Faults | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.started: list[Started] = []
        self._deployments = set(deployments)
        self._faults = faults or Faults()
        self._clock = clock or MemoryClock()
        self._runs: dict[FlowRunId, FlowRun] = {}

    def deploy(self, deployment: str) -> None:
        """Make a deployment known, as `windlass deploy` does."""
        self._deployments.add(deployment)

    def start(self, deployment: str, key: str, parameters: Mapping[str, object]) -> FlowRun:
        """Create a run, or return the one that has this idempotency key."""
        with self._faults.call("flows.start", write=True):
            if deployment not in self._deployments:
                raise unknown_deployment(deployment)
            flow_run = _id(deployment, key)
            if flow_run not in self._runs:
                self._create(deployment, key, parameters)
            return self._runs[flow_run]

    def find(self, deployment: str, key: str) -> FlowRun | None:
        """Look up the run with this idempotency key."""
        with self._faults.call("flows.find"):
            return self._runs.get(_id(deployment, key))

    def cancel(self, flow_run: FlowRunId) -> None:
        """Stop a run that has not begun; a running one goes on until its process has ended."""
        with self._faults.call("flows.cancel", write=True):
            run = self._runs.get(flow_run)
            if run is None or run.state.finished:
                return
            if run.state is FlowRunState.PENDING:
                self.set_state(flow_run, FlowRunState.CANCELLED)

    def set_state(self, flow_run: FlowRunId, state: FlowRunState, message: str = "") -> None:
        """Move a run on, as its process or the server would."""
        self._runs[flow_run] = dataclasses.replace(
            self._runs[flow_run],
            state=state,
            message=message,
            ended_at=self._clock.now() if state.finished else None,
        )

    def _create(self, deployment: str, key: str, parameters: Mapping[str, object]) -> None:
        flow_run = _id(deployment, key)
        self._runs[flow_run] = FlowRun(
            id=flow_run, state=FlowRunState.PENDING, url=f"memory://flow-run/{flow_run}"
        )
        self.started.append(
            Started(deployment=deployment, key=key, parameters=dict(parameters), flow_run=flow_run)
        )


def _id(deployment: str, key: str) -> FlowRunId:
    """Keys are unique per flow, as they are in Prefect."""
    flow, _, _ = deployment.partition("/")
    return FlowRunId(str(uuid5(NAMESPACE_URL, f"{flow}/{key}")))
