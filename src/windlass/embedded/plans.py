"""The children of a platform: pure functions from where things are to what to run."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from windlass.bootstrap.folder import Folder
from windlass.embedded.addresses import HOST
from windlass.embedded.children import Plan, module

Environment = Callable[[Mapping[str, str]], dict[str, str]]
"""Completes a child's own variables."""

_UNUSED_SERVICES = (
    "CANCELLATION_CLEANUP",
    "CLEANUP_RECONCILER",
    "FOREMAN",
    "LATE_RUNS",
    "PAUSE_EXPIRATIONS",
    "REPOSSESSOR",
)
"""Loops of the Prefect server that look after workers and leases, of which there are none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A platform's folder, and how its children see the environment."""

    folder: Folder
    environment: Environment


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Ports of the servers that every platform has."""

    prefect: int
    mlflow: int
    redis: int

    @property
    def prefect_api(self) -> str:
        """Address that Prefect's clients use."""
        return f"{http(self.prefect)}/api"


def http(port: int) -> str:
    """Address of a server here."""
    return f"http://{HOST}:{port}"


def prefect_variables(folder: Folder, api: str) -> dict[str, str]:
    """What every process that uses Prefect is told."""
    return {"PREFECT_HOME": str(folder.prefect), "PREFECT_API_URL": api}


def prefect_plan(site: Site, addresses: Addresses) -> Plan:
    """The Prefect server."""
    own = {
        **prefect_variables(site.folder, addresses.prefect_api),
        "PREFECT_SERVER_DATABASE_MIGRATE_ON_START": "false",
        "PREFECT_SERVER_MEMOIZE_BLOCK_AUTO_REGISTRATION": "false",
        "PREFECT_SERVER_REGISTER_BLOCKS_ON_START": "false",
        "PREFECT_SERVER_UI_ENABLED": "true",
        "PREFECT_UI_API_URL": addresses.prefect_api,
        **{f"PREFECT_SERVER_SERVICES_{name}_ENABLED": "false" for name in _UNUSED_SERVICES},
    }
    return Plan(
        name="prefect",
        command=module("windlass.embedded.prefect_server", str(addresses.prefect)),
        environment=site.environment(own),
        log=site.folder.logs / "prefect.log",
        url=http(addresses.prefect),
        health=f"{addresses.prefect_api}/health",
    )


def mlflow_plan(site: Site, addresses: Addresses) -> Plan:
    """The MLflow server."""
    folder, port = str(site.folder.mlflow), str(addresses.mlflow)
    return Plan(
        name="mlflow",
        command=module("windlass.embedded.mlflow_server", folder, port),
        environment=site.environment({}),
        log=site.folder.logs / "mlflow.log",
        url=http(addresses.mlflow),
        health=f"{http(addresses.mlflow)}/health",
    )


def redis_plan(site: Site, addresses: Addresses) -> Plan:
    """The Redis-compatible server."""
    return Plan(
        name="redis",
        command=module("windlass.embedded.redis_server", str(addresses.redis)),
        environment=site.environment({}),
        log=site.folder.logs / "redis.log",
        url=f"redis://{HOST}:{addresses.redis}",
        health=f"tcp://{HOST}:{addresses.redis}",
    )


def flows_plan(site: Site, addresses: Addresses) -> Plan:
    """The process that runs flows."""
    sign = site.folder.signs / "flows"
    return Plan(
        name="flows",
        command=module("windlass.embedded.flow_runner", str(sign)),
        environment=site.environment(prefect_variables(site.folder, addresses.prefect_api)),
        log=site.folder.logs / "flows.log",
        health=sign.as_uri(),
    )


def inference_plan(site: Site, model: str, port: int, admin_port: int) -> Plan:
    """The inference server of a model."""
    name = f"inference-{model}"
    return Plan(
        name=name,
        command=module("windlass.embedded.inference_server", model, str(port), str(admin_port)),
        environment=site.environment({}),
        log=site.folder.logs / f"{name}.log",
        url=http(port),
        health=f"{http(port)}/healthz",
    )
