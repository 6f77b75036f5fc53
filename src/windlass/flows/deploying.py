"""Writes the deployments of `prefect.yaml` to a Prefect server; doing it again changes nothing."""

from importlib import import_module
from typing import Any

from prefect import Flow
from prefect.deployments.runner import RunnerDeployment
from prefect.types.entrypoint import EntrypointType
from prefect.utilities.callables import parameter_schema

from windlass import __version__
from windlass.adapters.deployment_file import Declared
from windlass.adapters.prefect_deployments import PrefectDeployments, Wanted
from windlass.adapters.rest import Rest
from windlass.bootstrap.deployments import declared_deployments, filled
from windlass.bootstrap.environment import settings
from windlass.domain.errors import InputError


def deploy_all(rest: Rest, *, served: bool = False) -> tuple[str, ...]:
    """Write all; one line for each says what was done.

    They go to the cluster's work pool, or to none where a runner of ours serves them.
    SystemUnavailable while the pool is not there yet.
    """
    work_pool = None if served else settings().cluster.work_pool
    declared = declared_deployments()
    wanted = [_wanted(each if served else filled(each), work_pool) for each in declared]
    deployments = PrefectDeployments(rest)
    if work_pool is not None:
        deployments.check_pool(work_pool)
    return tuple(f"{each.name}: {deployments.apply(each)}" for each in wanted)


def flow_of(declared: Declared) -> "Flow[..., Any]":
    """Import the flow of a deployment."""
    module, _, name = declared.entrypoint.rpartition(".")
    try:
        flow = getattr(import_module(module), name, None)
    except ModuleNotFoundError as error:
        raise InputError(f"deployment {declared.name}: {error}") from error
    if not isinstance(flow, Flow):
        raise InputError(f"deployment {declared.name}: {declared.entrypoint} is no flow")
    return flow


async def served_deployment(declared: Declared) -> RunnerDeployment:
    """A deployment whose runs are started by a runner that imports its flow by module."""
    return await flow_of(declared).ato_deployment(
        name=declared.name,
        description=declared.description,
        tags=list(declared.tags),
        parameters=dict(declared.parameters),
        version=__version__,
        entrypoint_type=EntrypointType.MODULE_PATH,
    )


def _wanted(declared: Declared, work_pool: str | None) -> Wanted:
    flow = flow_of(declared)
    return Wanted(
        flow=flow.name,
        declared=declared,
        parameter_schema=parameter_schema(flow).model_dump(mode="json", exclude_unset=True),
        version=__version__,
        work_pool=work_pool,
    )
