"""The Job that Prefect's worker makes of a base job template, as its own code makes it."""

import asyncio
from typing import Any
from unittest.mock import AsyncMock
from uuid import UUID

from prefect.client.schemas.objects import Flow, FlowRun
from prefect.client.schemas.responses import DeploymentResponse
from prefect.settings import PREFECT_API_URL, PREFECT_WORKER_QUERY_SECONDS, temporary_settings
from prefect_kubernetes.worker import KubernetesWorkerJobConfiguration

from tests.support.charts import Document, RenderedPod

FLOW = UUID(int=1)
FLOW_RUN = UUID(int=2)


def flow_job(template: Document, name: str = "trials", **job_variables: Any) -> Document:
    """The Job of a run of deployment `name`."""
    answer = KubernetesWorkerJobConfiguration.from_template_and_values(
        base_job_template=template, values=job_variables, client=AsyncMock()
    )
    configuration = asyncio.run(answer)
    flow_run = FlowRun(id=FLOW_RUN, flow_id=FLOW, name="jolly-crane", deployment_id=None)
    deployment = DeploymentResponse(id=UUID(int=3), name=name, flow_id=FLOW, labels={})
    # what the worker is configured with reaches its runs
    with temporary_settings({PREFECT_API_URL: "http://x/api", PREFECT_WORKER_QUERY_SECONDS: 1}):
        configuration.prepare_for_flow_run(
            flow_run, deployment, Flow(id=FLOW, name=name, labels={}), worker_name="worker"
        )
    manifest: Document = configuration.job_manifest
    return manifest


def flow_pod(template: Document, name: str = "trials", **job_variables: Any) -> RenderedPod:
    """The pod of that Job."""
    pod = flow_job(template, name, **job_variables)["spec"]["template"]
    return RenderedPod(
        owner=f"flow/{name}", labels=pod["metadata"]["labels"], spec=pod["spec"], hook=""
    )
