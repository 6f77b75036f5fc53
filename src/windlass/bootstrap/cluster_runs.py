"""What the keeper of flow runs works with, in a pod of its release."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

from windlass.adapters.kubernetes_client import in_cluster
from windlass.adapters.kubernetes_jobs import KubernetesFlowJobs
from windlass.adapters.prefect_runs import PrefectPoolRuns
from windlass.adapters.system_clock import SystemClock
from windlass.bootstrap.clients import prefect_client
from windlass.domain.errors import InputError
from windlass.services.run_keeper import RunKeeperPorts
from windlass.settings import Settings


@contextmanager
def run_keeper_ports(settings: Settings) -> Iterator[RunKeeperPorts]:
    """Clients of Prefect and Kubernetes. Raises InputError where settings are missing."""
    cluster = settings.cluster
    for name in ("namespace", "release", "work_pool"):
        if not getattr(cluster, name):
            raise InputError(f"WINDLASS_CLUSTER__{name.upper()} is empty: the chart sets it")
    client = in_cluster()
    with (
        closing(prefect_client(settings.prefect)) as rest,
        closing(KubernetesFlowJobs(client, cluster.namespace, cluster.release)) as jobs,
    ):
        yield RunKeeperPorts(
            runs=PrefectPoolRuns(rest, cluster.work_pool),
            jobs=jobs,
            clock=SystemClock(),
            namespace=cluster.namespace,
        )
