"""Proves an installation: `python -m windlass.cluster.verify`, which `helm test` runs.

A flow is started by name; its Job is found in Kubernetes, its run in MLflow, what it wrote in the
object store and in Redis; and the database of features answers.
"""

import time
from contextlib import closing

from kubernetes.client.api.batch_v1_api import BatchV1Api

from windlass.adapters.kubernetes_client import TIMEOUT, converted, in_cluster
from windlass.adapters.mlflow_search import tagged_run
from windlass.adapters.postgresql import check
from windlass.adapters.prefect_flows import PrefectFlowRuns
from windlass.bootstrap.clients import (
    feature_database,
    mlflow_client,
    open_objects,
    prefect_client,
    redis_client,
)
from windlass.bootstrap.environment import settings
from windlass.cluster.pod import run, say
from windlass.domain.errors import SystemUnavailable
from windlass.domain.names import FlowRunId
from windlass.domain.promotion.evaluation import FlowRun, FlowRunState
from windlass.services.platform_check import EXPERIMENT
from windlass.settings import Settings

DEPLOYMENT = "platform-check/platform-check"

_PATIENCE = 240.0
_LOOK_SECONDS = 1.0
_GOING = frozenset({FlowRunState.PENDING, FlowRunState.RUNNING})


def main() -> None:
    """Start the flow, wait for its end, and look for what it left."""
    known = settings()
    check(feature_database(known.postgresql))
    say("PostgreSQL: the database of features answers")
    flow_run = _ended_run(known)
    say(f"Prefect: {DEPLOYMENT} ran ({flow_run.id})")
    say(f"Kubernetes: Job {_job(known, flow_run.id)}")
    _look(known, flow_run.id)


def _ended_run(known: Settings) -> FlowRun:
    key, deadline = f"verify-{time.time_ns()}", time.monotonic() + _PATIENCE
    with closing(prefect_client(known.prefect)) as rest:
        flows = PrefectFlowRuns(rest)
        flow_run = flows.start(DEPLOYMENT, key, {})
        while flow_run.state in _GOING:
            if time.monotonic() > deadline:
                raise SystemUnavailable(
                    "Prefect",
                    f"flow run {flow_run.id} did not end in {_PATIENCE:.0f} s:"
                    " see the worker's log, and the pods with label prefect.io/flow-run-id",
                )
            time.sleep(_LOOK_SECONDS)
            flow_run = flows.find(DEPLOYMENT, key) or flow_run
    if flow_run.state is not FlowRunState.COMPLETED:
        raise SystemUnavailable(
            "Prefect", f"flow run {flow_run.id} is {flow_run.state}: {flow_run.message}"
        )
    return flow_run


def _job(known: Settings, flow_run: FlowRunId) -> str:
    selector = f"prefect.io/flow-run-id={flow_run}"
    with converted("listing Jobs"):
        jobs = BatchV1Api(in_cluster()).list_namespaced_job(
            known.cluster.namespace, label_selector=selector, _request_timeout=TIMEOUT
        )
    names = [str(job.metadata.name) for job in jobs.items if job.metadata]
    if not names:
        raise SystemUnavailable("Kubernetes", f"there is no Job with label {selector}")
    return names[0]


def _look(known: Settings, flow_run: FlowRunId) -> None:
    with closing(mlflow_client(known.mlflow)) as mlflow:
        run_id = tagged_run(mlflow, EXPERIMENT, "windlass.flow_run", flow_run)
    _found("MLflow", run_id, f"run with tag windlass.flow_run {flow_run}")
    key = f"checks/{flow_run}"
    with open_objects(known.objects) as objects:
        _found("object store", objects.get(key) and key, f"object {key}")
    key = f"windlass:check:{flow_run}"
    with closing(redis_client(known.redis)) as keyvalue:
        _found("Redis", keyvalue.read(key, "text") and key, f"key {key}")


def _found(system: str, found: object, what: str) -> None:
    if not found:
        raise SystemUnavailable(system, f"the flow run wrote a {what}, and it is not there")
    say(f"{system}: {found!s}")


if __name__ == "__main__":
    run(main)
