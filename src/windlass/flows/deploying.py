"""Writes the deployments to a Prefect server; doing it again changes nothing."""

from importlib import import_module
from typing import Any

from prefect import Flow
from prefect.deployments.runner import RunnerDeployment
from prefect.types.entrypoint import EntrypointType

from windlass.flows import Deployment


def flow_of(deployment: Deployment) -> "Flow[..., Any]":
    """Import the flow of a deployment."""
    module, _, name = deployment.entrypoint.rpartition(".")
    flow = getattr(import_module(module), name)
    if not isinstance(flow, Flow):
        raise TypeError(f"{deployment.entrypoint} is no flow")
    return flow


async def served(deployment: Deployment) -> RunnerDeployment:
    """A deployment whose runs are started by a runner that imports its flow by module."""
    return await flow_of(deployment).ato_deployment(
        name=deployment.name, entrypoint_type=EntrypointType.MODULE_PATH
    )
