"""Runs the flows of an embedded platform: `python -m windlass.embedded.flow_runner SIGN`.

One process that asks the Prefect server twice a second for runs of our deployments and starts each
as a process of its own. The file SIGN is written once it does.
"""

import asyncio
import gc
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from windlass.adapters.prefect_rest import prefect_rest
from windlass.bootstrap.deployments import declared_deployments
from windlass.embedded.health import is_healthy

if TYPE_CHECKING:
    from prefect.client.orchestration import PrefectClient

_POLL_SECONDS = 0.5
_MOST_ORPHANS = 200
"""Runs at once that a kill can have taken; also the most that the server tells at once."""


def main(arguments: Sequence[str]) -> None:
    """Run flows until SIGTERM."""
    # a fifth of the start is the collector looking through what will never be garbage
    gc.disable()
    asyncio.run(_run(Path(arguments[0])))


async def _run(sign: Path) -> None:
    from prefect import get_client
    from prefect.runner import Runner

    from windlass.flows.deploying import deploy_all, served_deployment

    deployments = [await served_deployment(declared) for declared in declared_deployments()]
    gc.freeze()
    gc.enable()
    async with get_client() as client:
        await _wait_for(client)
        await _bury_orphans(client)
    runner = Runner(name="embedded", query_seconds=_POLL_SECONDS, pause_on_shutdown=False)
    for deployment in deployments:
        await runner.aadd_deployment(deployment)
    with closing(prefect_rest(str(client.api_url))) as rest:
        # a runner knows nothing of schedules that people have switched on
        await asyncio.to_thread(deploy_all, rest, served=True)
    sign.touch()
    await runner.start()


async def _wait_for(client: "PrefectClient") -> None:
    """Wait for the server, which starts at the same time."""
    while not await asyncio.to_thread(is_healthy, f"{client.api_url}health"):
        await asyncio.sleep(0.1)


async def _bury_orphans(client: "PrefectClient") -> None:
    """Mark runs whose process a kill of the platform took as crashed: nobody else would."""
    from prefect.client.schemas.filters import (
        FlowRunFilter,
        FlowRunFilterDeploymentId,
        FlowRunFilterState,
        FlowRunFilterStateType,
    )
    from prefect.client.schemas.objects import State, StateType
    from prefect.client.schemas.sorting import FlowRunSort
    from prefect.states import Crashed

    under_way = [StateType.PENDING, StateType.RUNNING, StateType.CANCELLING]
    orphans = await client.read_flow_runs(
        flow_run_filter=FlowRunFilter(
            deployment_id=FlowRunFilterDeploymentId(is_null_=False),
            state=FlowRunFilterState(type=FlowRunFilterStateType(any_=under_way)),
        ),
        sort=FlowRunSort.ID_DESC,
        limit=_MOST_ORPHANS,
    )
    for run in orphans:
        state: State[object] = Crashed(
            message="The platform was stopped while this run was under way."
        )
        await client.set_flow_run_state(run.id, state, force=True)


if __name__ == "__main__":
    main(sys.argv[1:])
