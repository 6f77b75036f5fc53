"""Flow runs that a flow run starts: Prefect shows them below it."""

from collections.abc import Mapping
from functools import partial
from time import sleep
from typing import Any

from prefect import get_client, runtime
from prefect.client.schemas.filters import (
    FlowFilter,
    FlowFilterName,
    FlowRunFilter,
    FlowRunFilterIdempotencyKey,
)
from prefect.client.schemas.objects import FlowRun as PrefectFlowRun
from prefect.client.schemas.sorting import FlowRunSort
from prefect.deployments import run_deployment
from prefect.exceptions import ObjectNotFound

from windlass.adapters.prefect_flows import state_of, unknown_deployment
from windlass.domain.names import FlowRunId
from windlass.domain.promotion.evaluation import FlowRun
from windlass.ports.objects import Objects
from windlass.services.fanout import FannedOut, FanOut, Order
from windlass.services.trials import TrialStore
from windlass.services.tuning import Mapper

_LOOK_SECONDS = 2.0


class ChildRuns:
    """Runs that are linked to the flow run of this process."""

    def start(self, deployment: str, key: str, parameters: Mapping[str, object]) -> FlowRun:
        """Create a run, or return the one that has this idempotency key."""
        try:
            # typed as what an event loop would get too; here is none
            started: Any = run_deployment(
                deployment, parameters=dict(parameters), timeout=0, idempotency_key=key
            )
        except ObjectNotFound as error:
            raise unknown_deployment(deployment) from error
        return _flow_run(started)

    def find(self, deployment: str, key: str) -> FlowRun | None:
        """Look up the run with this idempotency key, which is unique per flow."""
        flow, _, _ = deployment.partition("/")
        with get_client(sync_client=True) as client:
            found = client.read_flow_runs(
                flow_filter=FlowFilter(name=FlowFilterName(any_=[flow])),
                flow_run_filter=FlowRunFilter(
                    idempotency_key=FlowRunFilterIdempotencyKey(any_=[key])
                ),
                sort=FlowRunSort.ID_DESC,
                limit=1,
            )
        return _flow_run(found[0]) if found else None


def fan_out(objects: Objects) -> FanOut:
    """Share rounds among runs that are children of the current one."""

    def mapper(order: Order) -> Mapper:
        return FannedOut(
            runs=ChildRuns(),
            trials=TrialStore(objects, order.study),
            order=order,
            parent=str(runtime.flow_run.id),
            pause=partial(sleep, _LOOK_SECONDS),
        )

    return mapper


def start_promotion(model: str, version: str) -> FlowRun:
    """Have a flow run propose a version; it has an account that may, and this one needs none."""
    parameters = {"model_key": f"{model}/{version}", "wait": False}
    key = f"{runtime.flow_run.id}-promotion"
    return ChildRuns().start("model-promotion/model-promotion", key, parameters)


def _flow_run(run: PrefectFlowRun) -> FlowRun:
    state = run.state
    return FlowRun(
        id=FlowRunId(str(run.id)),
        state=state_of(state.type.value if state else None),
        message=(state.message if state else None) or "",
        ended_at=run.end_time,
    )
