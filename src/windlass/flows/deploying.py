"""Writes the deployments of `prefect.yaml` to a Prefect server; doing it again changes nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What somebody wants of one deployment beyond what prefect.yaml says."""

    parameters: Mapping[str, object]
    work_pool: str | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    """Environment variables of its runs, where runs are Jobs; none of them secret."""
    tags: tuple[str, ...] = ()


def deploy_one(rest: Rest, name: str, choice: Choice, *, served: bool = False) -> str:
    """Write one deployment of prefect.yaml with a choice; one line says what was done."""
    declared = next(each for each in declared_deployments() if each.name == name)
    work_pool = None if served else choice.work_pool or settings().cluster.work_pool
    wanted = _wanted(chosen(declared if served else filled(declared), choice), work_pool)
    deployments = PrefectDeployments(rest)
    if work_pool is not None:
        deployments.check_pool(work_pool)
    return f"{wanted.name}: {deployments.apply(wanted)}"


def chosen(declared: Declared, choice: Choice) -> Declared:
    """Lay a choice over a deployment."""
    pool = declared.work_pool
    variables = dict(pool.job_variables)
    if choice.variables:
        variables["env"] = dict(choice.variables)
    return declared.model_copy(
        update={
            "parameters": {**declared.parameters, **choice.parameters},
            "tags": tuple(dict.fromkeys((*declared.tags, *choice.tags))),
            "work_pool": pool.model_copy(update={"job_variables": variables}),
        }
    )


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
