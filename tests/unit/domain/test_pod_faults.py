"""Each fault of a pod is told with its cause and with what mends it."""

import pytest

from tests.support.flow_work import job, pod
from windlass.domain import pod_faults
from windlass.domain.flow_jobs import Ended, FlowPod, PodPhase, Waiting

FAILED = PodPhase.FAILED


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        (pod(phase=FAILED, ended=Ended(137, "OOMKilled")), "raise `memory_limit` in"),
        (pod(phase=FAILED, reason="Evicted", message="low on\n disk"), "(low on disk): raise"),
        (pod(phase=FAILED, reason="DeadlineExceeded"), "raise `active_deadline_seconds` in"),
        (pod(phase=FAILED, ended=Ended(137, "Error")), "code 137, it was killed (SIGKILL)"),
        (pod(phase=FAILED, ended=Ended(143, "Error")), "code 143, it was told to stop"),
        (pod(phase=FAILED, ended=Ended(2, "Error")), "code 2, and told Prefect nothing"),
        (pod(phase=FAILED, ended=Ended(2, "Error")), "`kubectl logs owl-x7-abc`"),
        (pod(phase=FAILED, reason="NodeAffinity"), "(NodeAffinity): see `kubectl describe"),
        (None, "its pod is gone and its Job failed (BackoffLimitExceeded)"),
    ],
)
def test_a_failure_names_cause_and_remedy(seen: FlowPod | None, said: str) -> None:
    assert said in pod_faults.failure(job(failure="BackoffLimitExceeded"), seen)


@pytest.mark.parametrize("reason", sorted(pod_faults.CANNOT_START))
def test_a_pod_that_cannot_start_repeats_the_kubelet_and_says_what_to_do(reason: str) -> None:
    text = pod_faults.no_start(Waiting(reason, "the kubelet's words"))
    assert text.startswith(f"its pod can't start: {reason} (the kubelet's words): ")
    assert text.endswith(pod_faults.CANNOT_START[reason])


def test_a_message_is_one_line_and_not_endless() -> None:
    text = pod_faults.no_node(pod(unschedulable="0/9 nodes\nare available " * 99))
    assert "\n" not in text
    assert len(text) < 500


def test_only_what_kubernetes_alone_knows_is_told_early() -> None:
    assert pod_faults.explained(job(), pod(ended=Ended(137, "OOMKilled")))
    assert pod_faults.explained(job(failure="DeadlineExceeded"), None)
    assert not pod_faults.explained(job(failure="BackoffLimitExceeded"), pod(ended=Ended(1)))
