"""The streaming runtime's commands, in a process that works for a platform."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from windlass.bootstrap.environment import adopt, settings
from windlass.bootstrap.folder import Folder
from windlass.bootstrap.whereabouts import connections, named_connections
from windlass.cli.prefect_target import PrefectTarget, prefect_target
from windlass.cli.training import prefect_faults
from windlass.domain.errors import InputError
from windlass.embedded.plans import prefect_variables
from windlass.services.eta.settings import Layer, required, runtime_block, variables_block

Where = tuple[Path | None, str | None]
"""Folder and context, as options of a command."""

_LOG = {"PREFECT_LOGGING_LEVEL": "INFO", "PREFECT_SERVER_ANALYTICS_ENABLED": "false"}


def run_here(
    folder: Path | None, context: str | None, parameters: Mapping[str, Any]
) -> Mapping[str, Any]:
    """Run the flow in this process; returns what it did."""
    with _joined((folder, context)) as target, prefect_faults():
        if target.platform is None and named_connections() is None:
            raise InputError("WINDLASS_MLFLOW__URL is not set: it names where versions are")
        from windlass.flows.eta_runtime import eta_runtime

        totals: Mapping[str, Any] = eta_runtime(**parameters)
        return totals


def save_settings(where: Where, name: str, given: Mapping[str, Any], *, overwrite: bool) -> str:
    """Save a block of settings, checked; says what was done."""
    block = runtime_block(name)
    required([Layer("option", given)])
    with _joined(where) as target, prefect_faults():
        from windlass.adapters.prefect_blocks import PrefectBlocks
        from windlass.flows.eta_blocks import EtaRuntimeSettings, RuntimeVariables

        if not overwrite and PrefectBlocks(target.rest).read(block) is not None:
            raise InputError(f"there is a block {block} already: --overwrite replaces it")
        # so that people can make one on Prefect's pages
        RuntimeVariables.register_type_and_schema()
        EtaRuntimeSettings(**given).save(block.partition("/")[2], overwrite=overwrite)
    return f"block {block} is saved"


def deploy_runtime(
    where: Where, block: str, work_pool: str | None, env_block: str | None, tags: Sequence[str]
) -> str:
    """Write the deployment; says what was done."""
    name = runtime_block(block)
    with _joined(where) as target:
        from windlass.adapters.prefect_blocks import PrefectBlocks
        from windlass.flows.deploying import Choice, deploy_one

        blocks = PrefectBlocks(target.rest)
        if blocks.read(name) is None:
            raise InputError(f"Prefect has no block {name}: make it with `windlass eta save-block`")
        choice = Choice(
            parameters={"runtime_block": name},
            work_pool=work_pool,
            variables=_variables(blocks, env_block) if env_block else {},
            tags=tuple(tags),
        )
        return deploy_one(target.rest, "eta-runtime", choice, served=target.platform is not None)


def _variables(blocks: Any, name: str) -> Mapping[str, str]:
    block = variables_block(name)
    fields = blocks.read(block)
    if fields is None:
        raise InputError(f"Prefect has no block {block}: create it, or mend the name")
    found = fields.get("variables") or {}
    if not isinstance(found, dict):
        raise InputError(f"block {block}: variables must be an object")
    return {str(key): str(value) for key, value in found.items()}


@contextmanager
def _joined(where: Where) -> Iterator[PrefectTarget]:
    """The Prefect that is meant; this process becomes its client before Prefect is imported."""
    with prefect_target(*where) as target:
        folder = target.platform
        if folder is not None:
            api = connections(folder).prefect.api_url
            adopt(
                {**prefect_variables(Folder(folder), api), **_LOG, "WINDLASS_FOLDER": str(folder)}
            )
        else:
            known = settings().prefect
            auth = known.auth.get_secret_value()
            own = {"PREFECT_API_URL": known.api_url, **_LOG}
            adopt({**own, "PREFECT_API_AUTH_STRING": auth} if auth else own)
        yield target
