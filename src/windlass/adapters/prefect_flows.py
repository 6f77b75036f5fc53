"""Flow runs, in Prefect."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, RootModel

from windlass.adapters.prefect_rest import is_id
from windlass.adapters.rest import Request, Rest, path
from windlass.domain.errors import InputError
from windlass.domain.flow_jobs import RunState
from windlass.domain.names import FlowRunId
from windlass.domain.promotion.evaluation import FlowRun, FlowRunState

_STATES = {
    RunState.SCHEDULED: FlowRunState.PENDING,
    RunState.PENDING: FlowRunState.PENDING,
    RunState.RUNNING: FlowRunState.RUNNING,
    RunState.PAUSED: FlowRunState.PENDING,
    # not over before its process is: it may still write a result
    RunState.CANCELLING: FlowRunState.RUNNING,
    RunState.COMPLETED: FlowRunState.COMPLETED,
    RunState.FAILED: FlowRunState.FAILED,
    RunState.CRASHED: FlowRunState.CRASHED,
    RunState.CANCELLED: FlowRunState.CANCELLED,
}


class _State(BaseModel):
    type: RunState
    message: str | None = None


class _FlowRun(BaseModel):
    id: UUID
    state: _State | None = None
    end_time: datetime | None = None


class _FlowRuns(RootModel[tuple[_FlowRun, ...]]):
    pass


class _Flow(BaseModel):
    name: str


class _Deployment(BaseModel):
    id: UUID
    name: str
    flow_id: UUID


class PrefectFlowRuns:
    """FlowRuns port over Prefect's REST API."""

    def __init__(self, rest: Rest, ui_url: str | None = None) -> None:
        self._rest = rest
        self._ui_url = (ui_url or rest.shown.removesuffix("/api")).rstrip("/")

    def start(self, deployment: str, key: str, parameters: Mapping[str, object]) -> FlowRun:
        """Create a run; Prefect itself returns the old one for a known key."""
        found = self._deployment(deployment)
        creation = Request(
            method="POST",
            path=path("deployments", str(found.id), "create_flow_run"),
            body={"idempotency_key": key, "parameters": parameters},
        )
        created = self._rest.fetch(_FlowRun, creation)
        if created is None:
            raise unknown_deployment(deployment)
        return self._flow_run(created)

    def find(self, deployment: str, key: str) -> FlowRun | None:
        """Look up the run with this idempotency key, which is unique per flow."""
        flow, _, _ = deployment.partition("/")
        search = Request(
            method="POST",
            path=path("flow_runs", "filter"),
            body={
                "flows": {"name": {"any_": [flow]}},
                "flow_runs": {"idempotency_key": {"any_": [key]}},
                "limit": 1,
            },
        )
        found = self._rest.fetch(_FlowRuns, search)
        return self._flow_run(found.root[0]) if found and found.root else None

    def cancel(self, flow_run: FlowRunId) -> None:
        """Ask a run to stop; one that has not begun is cancelled at once."""
        if not is_id(flow_run):
            return
        self._rest.send(
            Request(
                method="POST",
                path=path("flow_runs", flow_run, "set_state"),
                body={"state": {"type": "CANCELLING", "name": "Cancelling"}, "force": False},
            )
        )

    def name_of(self, deployment_id: str) -> str:
        """`flow/deployment` of a deployment's id; InputError for an unknown one."""
        found = None
        if is_id(deployment_id):
            found = self._rest.fetch(_Deployment, _reading("deployments", deployment_id))
        flow = self._rest.fetch(_Flow, _reading("flows", str(found.flow_id))) if found else None
        if found is None or flow is None:
            raise unknown_deployment(deployment_id)
        return f"{flow.name}/{found.name}"

    def _deployment(self, deployment: str) -> _Deployment:
        parts = deployment.split("/")
        well_formed = len(parts) == 2 and all(parts)
        request = _reading("deployments", "name", *parts)
        found = self._rest.fetch(_Deployment, request) if well_formed else None
        if found is None:
            raise unknown_deployment(deployment)
        return found

    def _flow_run(self, found: _FlowRun) -> FlowRun:
        state = found.state
        return FlowRun(
            id=FlowRunId(str(found.id)),
            state=state_of(state.type if state else None),
            message=(state.message if state else None) or "",
            url=f"{self._ui_url}/runs/flow-run/{found.id}",
            ended_at=found.end_time,
        )


def _reading(*parts: str) -> Request:
    return Request(method="GET", path=path(*parts))


def state_of(type_: str | None) -> FlowRunState:
    """State type of Prefect as promotion sees it; a run without a state has not begun."""
    return _STATES[RunState(type_)] if type_ else FlowRunState.PENDING


def unknown_deployment(deployment: str) -> InputError:
    """Error of a start that names a deployment which the server lacks."""
    return InputError(f"Prefect has no deployment {deployment}: create it with `windlass deploy`")
