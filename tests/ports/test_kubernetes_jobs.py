"""What is sent to the API server, and what its answers and faults become."""

import json
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from kubernetes.client import ApiClient, Configuration

from tests.support.http_sink import Sink, http_sink
from tests.support.servers import free_port
from windlass.adapters.kubernetes_jobs import KubernetesFlowJobs
from windlass.domain.errors import InputError, SystemUnavailable
from windlass.domain.flow_jobs import NO_WORK, PodPhase

LABELS = {"prefect.io/flow-run-id": "r", "app.kubernetes.io/instance": "wind"}
METADATA = {"name": "owl", "labels": LABELS, "creationTimestamp": "2024-05-01T12:00:00Z"}
JOB = {"metadata": METADATA, "spec": {}, "status": {}}
POD = {"metadata": METADATA, "status": {"phase": "Running"}}


def jobs_at(url: str) -> KubernetesFlowJobs:
    configuration = Configuration()
    configuration.host, configuration.retries = url, False
    return KubernetesFlowJobs(ApiClient(configuration), "ns", "wind")


@pytest.fixture
def sink() -> Iterator[Sink]:
    with http_sink() as started:
        yield started


@pytest.fixture
def jobs(sink: Sink) -> Iterator[KubernetesFlowJobs]:
    adapter = jobs_at(sink.url)
    yield adapter
    adapter.close()


def answer(*items: object) -> bytes:
    return json.dumps({"metadata": {"resourceVersion": "5"}, "items": items}).encode()


def test_only_what_carries_a_flow_runs_label_is_listed(
    sink: Sink, jobs: KubernetesFlowJobs
) -> None:
    sink.body = answer()

    assert jobs.list() == NO_WORK

    asked = [urlsplit(request.path) for request in sink.received]
    assert [url.path for url in asked] == [
        "/apis/batch/v1/namespaces/ns/jobs",
        "/api/v1/namespaces/ns/pods",
    ]
    assert [parse_qs(url.query)["labelSelector"] for url in asked] == [
        ["prefect.io/flow-run-id"]
    ] * 2


def test_what_is_listed_is_read(sink: Sink, jobs: KubernetesFlowJobs) -> None:
    sink.body = answer({**JOB, **POD})
    found = jobs.list()
    assert found.names == ("owl", "owl")
    assert found.ours == found


def test_all_pages_are_read(jobs: KubernetesFlowJobs, monkeypatch: pytest.MonkeyPatch) -> None:
    first = {"metadata": {"continue": "next"}, "items": [JOB]}
    answers = [json.dumps(first).encode(), answer({**JOB, "spec": {"suspend": True}}), answer(POD)]
    asked: list[object] = []

    def send(call: object, **options: object) -> bytes:
        asked.append(options["_continue"])
        return answers.pop(0)

    monkeypatch.setattr(jobs, "_send", send)
    found = jobs.list()

    assert [job.suspended for job in found.jobs] == [False, True]
    assert [pod.phase for pod in found.pods] == [PodPhase.RUNNING]
    assert asked == [None, "next", None]


def test_a_deleted_job_takes_its_pods_with_it(sink: Sink, jobs: KubernetesFlowJobs) -> None:
    jobs.delete_job("owl")
    (received,) = sink.received
    url = urlsplit(received.path)
    assert (received.method, url.path) == ("DELETE", "/apis/batch/v1/namespaces/ns/jobs/owl")
    assert parse_qs(url.query) == {"propagationPolicy": ["Background"]}


def test_a_pod_is_deleted_with_the_given_grace(sink: Sink, jobs: KubernetesFlowJobs) -> None:
    jobs.delete_pod("owl-abc", timedelta(seconds=3))
    (received,) = sink.received
    url = urlsplit(received.path)
    assert (received.method, url.path) == ("DELETE", "/api/v1/namespaces/ns/pods/owl-abc")
    assert parse_qs(url.query) == {"gracePeriodSeconds": ["3"]}


def test_what_is_gone_need_not_be_deleted(sink: Sink, jobs: KubernetesFlowJobs) -> None:
    sink.status = 404
    jobs.delete_job("owl")
    jobs.delete_pod("owl-abc", timedelta(seconds=3))
    assert len(sink.received) == 2


@pytest.mark.parametrize(
    ("status", "body"),
    [(500, b"oops"), (429, b""), (401, b""), (410, b""), (404, b""), (200, b"x")],
)
def test_an_answer_that_tells_nothing_means_unavailable(
    sink: Sink, jobs: KubernetesFlowJobs, status: int, body: bytes
) -> None:
    sink.status, sink.body = status, body
    with pytest.raises(SystemUnavailable, match="Jobs") as caught:
        jobs.list()
    assert caught.value.system == "Kubernetes"
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("body", [b"{}", b'{"items": [{}]}', b'{"items": [{"metadata": {}}]}'])
def test_an_answer_of_something_else_means_unavailable(
    sink: Sink, jobs: KubernetesFlowJobs, body: bytes
) -> None:
    sink.body = body
    with pytest.raises(SystemUnavailable, match="not Kubernetes' own"):
        jobs.list()


def test_a_missing_right_is_told(sink: Sink, jobs: KubernetesFlowJobs) -> None:
    sink.status, sink.body = 403, b'{"message": "jobs.batch is forbidden"}'
    with pytest.raises(InputError, match=r"listing Jobs is not allowed: .* is forbidden"):
        jobs.list()


def test_a_stopped_server_is_unavailable() -> None:
    stopped = jobs_at(f"http://127.0.0.1:{free_port()}")
    with pytest.raises(SystemUnavailable, match="Kubernetes: did not answer to listing Jobs"):
        stopped.list()
    stopped.close()
