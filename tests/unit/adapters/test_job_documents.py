"""Jobs and pods as the API server writes them, read into what the rules know."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from windlass.adapters.job_documents import (
    JobDocument,
    JobPage,
    PodDocument,
    flow_job,
    flow_pod,
)
from windlass.domain.flow_jobs import Ended, FlowJob, FlowPod, PodPhase, Waiting

RUN = "00000000-0000-4000-8000-000000000001"
MADE, LATER = "2024-05-01T12:00:00Z", "2024-05-01T12:01:00Z"
NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
OURS = {"app.kubernetes.io/instance": "wind"}
FLOW = {"prefect.io/flow-run-id": RUN, "batch.kubernetes.io/job-name": "owl-x7"}


def read_job(
    conditions: tuple[dict[str, str], ...] = (),
    labels: dict[str, str] | None = None,
    template: dict[str, str] | None = None,
    **spec: Any,
) -> FlowJob:
    pods = {"metadata": {"labels": template}} if template else {"metadata": {}}
    document = {
        "apiVersion": "batch/v1",
        "metadata": {"name": "owl-x7", "labels": FLOW | (labels or {}), "creationTimestamp": MADE},
        "spec": {"backoffLimit": 0, "template": pods, **spec},
        "status": {"conditions": conditions, "active": 1, "uncountedTerminatedPods": {}},
    }
    return flow_job(JobDocument.model_validate(document), "wind")


def read_pod(metadata: dict[str, Any] | None = None, **status: Any) -> FlowPod:
    made = {"name": "owl-x7-abc", "labels": FLOW | OURS, "creationTimestamp": MADE}
    document = {"metadata": made | (metadata or {}), "status": {"phase": "Pending"} | status}
    return flow_pod(PodDocument.model_validate(document), "wind")


def condition(type_: str, status: str = "True", reason: str = "") -> dict[str, str]:
    return {"type": type_, "status": status, "reason": reason, "lastTransitionTime": LATER}


def test_a_job_under_way() -> None:
    assert read_job(labels=OURS) == FlowJob(name="owl-x7", flow_run=RUN, created_at=NOON)  # type: ignore[arg-type]  # a NewType of str


@pytest.mark.parametrize(
    ("labels", "template", "ours"),
    [
        (OURS, None, True),
        (None, OURS, True),
        (None, None, False),
        ({"app.kubernetes.io/instance": "other"}, OURS, False),
        (None, {"app.kubernetes.io/instance": "other"}, False),
    ],
)
def test_its_release_is_told_by_its_labels_or_its_pods(
    labels: dict[str, str] | None, template: dict[str, str] | None, ours: bool
) -> None:
    assert read_job(labels=labels, template=template).ours is ours


@pytest.mark.parametrize(
    ("conditions", "ended", "failure"),
    [
        ((), False, ""),
        ((condition("Suspended"),), False, ""),
        ((condition("FailureTarget", reason="BackoffLimitExceeded"),), False, ""),
        ((condition("Failed", "False"),), False, ""),
        ((condition("SuccessCriteriaMet"), condition("Complete")), True, ""),
        (
            (condition("FailureTarget"), condition("Failed", reason="DeadlineExceeded")),
            True,
            "DeadlineExceeded",
        ),
        ((condition("Failed"),), True, "Failed"),
    ],
)
def test_conditions_say_whether_a_job_ended(
    conditions: tuple[dict[str, str], ...], ended: bool, failure: str
) -> None:
    found = read_job(conditions)
    assert found.ended_at == (NOON + timedelta(minutes=1) if ended else None)
    assert found.failure == failure


def test_retries_and_suspension_of_a_job() -> None:
    found = read_job(backoffLimit=3, suspend=True)
    assert (found.retries, found.suspended) == (3, True)


def test_a_running_pod() -> None:
    found = read_pod(phase="Running", containerStatuses=[{"state": {"running": {}}}])
    assert found == FlowPod(
        name="owl-x7-abc",
        flow_run=RUN,  # type: ignore[arg-type]  # a NewType of str
        job="owl-x7",
        created_at=NOON,
        phase=PodPhase.RUNNING,
    )


def waiting(reason: str, message: str = "") -> dict[str, Any]:
    return {"name": "flow", "state": {"waiting": {"reason": reason, "message": message}}}


def ended(exit_code: int, reason: str) -> dict[str, Any]:
    return {"name": "flow", "state": {"terminated": {"exitCode": exit_code, "reason": reason}}}


def test_a_container_that_says_why_it_waits_speaks_for_its_pod() -> None:
    found = read_pod(
        initContainerStatuses=[waiting("PodInitializing")],
        containerStatuses=[waiting("CreateContainerConfigError", 'secret "x" not found')],
    )
    assert found.waiting == Waiting("CreateContainerConfigError", 'secret "x" not found')


def test_a_container_that_failed_speaks_for_its_pod() -> None:
    found = read_pod(
        phase="Failed",
        initContainerStatuses=[ended(0, "Completed")],
        containerStatuses=[ended(0, "Completed"), ended(137, "OOMKilled")],
    )
    assert found.ended == Ended(137, "OOMKilled")


def test_a_pod_that_no_node_takes() -> None:
    scheduled = condition("PodScheduled", "False", "Unschedulable") | {"message": "0/1 nodes"}
    assert read_pod(conditions=[scheduled]).unschedulable == "0/1 nodes"
    assert read_pod(conditions=[condition("PodScheduled")]).unschedulable == ""


def test_an_evicted_pod() -> None:
    found = read_pod(phase="Failed", reason="Evicted", message="low on memory")
    assert (found.reason, found.message) == ("Evicted", "low on memory")


def test_a_pod_that_is_being_deleted() -> None:
    found = read_pod({"deletionTimestamp": LATER, "deletionGracePeriodSeconds": 30})
    assert found.gone_by == NOON + timedelta(minutes=1)
    assert found.grace == timedelta(seconds=30)


def test_a_pod_before_anything_looked_at_it() -> None:
    found = read_pod(phase="Pending")
    assert (found.waiting, found.ended, found.unschedulable) == (None, None, "")


@pytest.mark.parametrize(
    ("metadata", "after"), [({}, ""), ({"continue": ""}, ""), ({"continue": "abc"}, "abc")]
)
def test_a_page_says_whether_there_is_another(metadata: dict[str, str], after: str) -> None:
    page = JobPage.model_validate({"metadata": metadata, "items": []})
    assert page.metadata.after == after
