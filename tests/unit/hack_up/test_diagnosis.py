"""Why a pod or a volume does not come up, told from what the API server says."""

from typing import Any

import pytest

from tests.support.hack_up import part

diagnosis = part("diagnosis")

Document = dict[str, Any]


def pod(state: Document, *, last: Document | None = None, restarts: int = 0) -> Document:
    container = {
        "name": "worker",
        "state": state,
        "lastState": last or {},
        "restartCount": restarts,
    }
    return {"metadata": {"name": "a-1"}, "status": {"containerStatuses": [container]}}


def waiting(reason: str, message: str = "") -> Document:
    return {"waiting": {"reason": reason, **({"message": message} if message else {})}}


def ended(code: int, message: str = "", reason: str = "Error") -> Document:
    return {"terminated": {"exitCode": code, "reason": reason, "message": message}}


@pytest.mark.parametrize(
    ("reason", "patience", "remedy"),
    [
        ("ErrImageNeverPull", 10, "build and load it with make up"),
        ("ErrImagePull", 30, "build and load it with make up"),
        ("ImagePullBackOff", 20, "build and load it with make up"),
        ("InvalidImageName", 0, "mend global.image in the values"),
        ("CreateContainerConfigError", 30, "a Secret or ConfigMap lacks what the pod needs"),
    ],
)
def test_a_container_that_can_t_start(reason: str, patience: float, remedy: str) -> None:
    found = diagnosis.pod_problem(pod(waiting(reason, "what the kubelet says")))
    assert found.patience == patience
    said, advice = found.text.splitlines()
    assert said == "pod a-1, container worker: what the kubelet says"
    assert remedy in advice


def test_a_reason_stands_in_for_a_message() -> None:
    found = diagnosis.pod_problem(pod(waiting("ErrImagePull")))
    assert found.text.startswith("pod a-1, container worker: ErrImagePull\n")


@pytest.mark.parametrize(
    "state",
    [
        waiting("ContainerCreating"),
        waiting("PodInitializing"),
        {"running": {}},
        ended(0, reason="Completed"),
        {},
    ],
)
def test_what_is_on_its_way_is_no_problem(state: Document) -> None:
    assert diagnosis.pod_problem(pod(state, restarts=9)) is None


def test_the_first_ends_are_waits_for_another() -> None:
    crashed = pod(waiting("CrashLoopBackOff"), last=ended(1, "no"), restarts=1)
    assert diagnosis.pod_problem(crashed) is None


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("waiting: Prefect\n\nthe pool is of another type\n", "the pool is of another type"),
        ("", "exit code 137 (OOMKilled)"),
    ],
)
def test_a_container_that_ends_again_and_again_says_its_last_line(message: str, said: str) -> None:
    last = ended(137, message, "OOMKilled")
    found = diagnosis.pod_problem(pod(waiting("CrashLoopBackOff"), last=last, restarts=2))
    assert found.patience == 0
    assert found.text == (
        f"pod a-1, container worker ends again and again: {said}\n"
        "see: kubectl logs a-1 -c worker --previous"
    )


def test_an_init_container_comes_before_those_that_wait_for_it() -> None:
    blocked = pod(waiting("ErrImagePull"))
    [status] = blocked["status"]["containerStatuses"]
    blocked["status"]["initContainerStatuses"] = [{**status, "name": "schema"}]
    assert "container schema" in diagnosis.pod_problem(blocked).text


def unschedulable(condition: Document) -> Document:
    return {"metadata": {"name": "a-1"}, "status": {"conditions": [condition]}}


def test_a_pod_that_no_node_takes() -> None:
    condition = {
        "type": "PodScheduled",
        "reason": "Unschedulable",
        "message": "0/1 nodes are available: 1 Insufficient memory.",
    }
    found = diagnosis.pod_problem(unschedulable(condition))
    assert (found.patience, found.text) == (
        60,
        "pod a-1: 0/1 nodes are available: 1 Insufficient memory.\nfree or add what it names",
    )


@pytest.mark.parametrize(
    "condition", [{"type": "PodScheduled", "status": "True"}, {"type": "Ready", "reason": "x"}]
)
def test_other_conditions_are_no_problem(condition: Document) -> None:
    assert diagnosis.pod_problem(unschedulable(condition)) is None


def test_a_pod_without_a_status_is_no_problem() -> None:
    assert diagnosis.pod_problem({"metadata": {"name": "a-1"}}) is None


@pytest.mark.parametrize(
    ("phase", "storage_class", "patience", "said"),
    [
        ("Pending", None, 15, "there is no default StorageClass: make one, or name one"),
        ("Pending", "slow", 120, "of StorageClass slow is not provided: kubectl describe pvc d"),
    ],
)
def test_a_volume_that_waits(
    phase: str, storage_class: str | None, patience: float, said: str
) -> None:
    claim = {
        "metadata": {"name": "d"},
        "spec": {"storageClassName": storage_class},
        "status": {"phase": phase},
    }
    found = diagnosis.volume_problem(claim)
    assert found.patience == patience
    assert said in found.text


def test_a_bound_volume_is_no_problem() -> None:
    claim = {"metadata": {"name": "d"}, "spec": {}, "status": {"phase": "Bound"}}
    assert diagnosis.volume_problem(claim) is None
