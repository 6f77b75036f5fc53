"""Why a pod or a volume will not come up: pure functions over what the API server says."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Document = dict[str, Any]

_IMAGE = (
    "the cluster does not have this image and can't get it: build and load it with make up,"
    " or give imagePullSecrets"
)
_ADVICE = {
    "ErrImageNeverPull": (_IMAGE, 10.0),
    "ErrImagePull": (_IMAGE, 30.0),
    "ImagePullBackOff": (_IMAGE, 20.0),
    "InvalidImageName": ("mend global.image in the values", 0.0),
    "CreateContainerConfigError": ("a Secret or ConfigMap lacks what the pod needs", 30.0),
}
"""Remedy and the seconds for which it may pass by itself."""

_RESTARTS = 2
"""Ends of a container after which it is not waiting for another any more."""


@dataclass(frozen=True)
class Finding:
    """Something wrong."""

    text: str
    patience: float
    """Seconds for which it may be so."""


def pod_problem(pod: Document) -> Finding | None:
    """The first thing that keeps a pod from being Ready."""
    name = pod["metadata"]["name"]
    for container, state, restarts in _containers(pod):
        waiting = state.get("waiting") or {}
        if waiting.get("reason") in _ADVICE:
            remedy, patience = _ADVICE[waiting["reason"]]
            said = waiting.get("message", waiting["reason"])
            return Finding(f"pod {name}, container {container}: {said}\n{remedy}", patience)
        ended = state.get("terminated") or {}
        if ended.get("exitCode") and restarts >= _RESTARTS:
            said = (
                _last(ended.get("message")) or f"exit code {ended['exitCode']} ({ended['reason']})"
            )
            remedy = f"see: kubectl logs {name} -c {container} --previous"
            return Finding(
                f"pod {name}, container {container} ends again and again: {said}\n{remedy}", 0
            )
    return _unschedulable(pod)


def volume_problem(claim: Document) -> Finding | None:
    """A volume that nobody provides."""
    if claim["status"].get("phase") != "Pending":
        return None
    name, wanted = claim["metadata"]["name"], claim["spec"].get("storageClassName")
    if not wanted:
        return Finding(
            f"volume {name} waits and there is no default StorageClass: make one, or name one", 15
        )
    return Finding(
        f"volume {name} of StorageClass {wanted} is not provided:"
        f" kubectl describe pvc {name} says why",
        120,
    )


def _containers(pod: Document) -> Iterator[tuple[str, Document, int]]:
    status = pod.get("status", {})
    for each in [*status.get("initContainerStatuses", ()), *status.get("containerStatuses", ())]:
        state = each.get("state", {})
        if (state.get("waiting") or {}).get("reason") == "CrashLoopBackOff":
            state = each.get("lastState", {})
        yield each["name"], state, each.get("restartCount", 0)


def _unschedulable(pod: Document) -> Finding | None:
    for condition in pod.get("status", {}).get("conditions", ()):
        if condition["type"] == "PodScheduled" and condition.get("reason") == "Unschedulable":
            said = condition.get("message", "no node takes it")
            return Finding(f"pod {pod['metadata']['name']}: {said}\nfree or add what it names", 60)
    return None


def _last(text: str | None) -> str:
    lines = [line.strip() for line in (text or "").splitlines() if line.strip()]
    return lines[-1] if lines else ""
