"""What is wrong with a pod, said to whoever started the run: the cause, then what mends it."""

from windlass.domain.flow_jobs import FlowJob, FlowPod, Waiting

_OUT_OF_MEMORY = "OOMKilled"
_DEADLINE = "DeadlineExceeded"
_EVICTED = "Evicted"

_VARIABLES = "the deployment's job_variables"
_IMAGE = f"build or push it, or correct `image` in {_VARIABLES}"
_CONFIG = "create the Secret or ConfigMap (and the key) that it names"
_CREATE = f"correct command, mounts or security context in {_VARIABLES}"

CANNOT_START = {
    "ErrImageNeverPull": _IMAGE,
    "ErrImagePull": _IMAGE,
    "ImagePullBackOff": _IMAGE,
    "InvalidImageName": _IMAGE,
    "ImageInspectError": _IMAGE,
    "CreateContainerConfigError": _CONFIG,
    "CreateContainerError": _CREATE,
    "RunContainerError": _CREATE,
}
"""Reasons of a waiting container that time alone seldom mends, and what does."""

_SIGNALS = {137: "it was killed (SIGKILL)", 143: "it was told to stop (SIGTERM)"}


def explained(job: FlowJob, pod: FlowPod | None) -> bool:
    """Whether Kubernetes knows a cause that neither flow nor worker would tell."""
    reasons = {job.failure, *_reasons(pod)}
    return not reasons.isdisjoint({_OUT_OF_MEMORY, _DEADLINE, _EVICTED})


def failure(job: FlowJob, pod: FlowPod | None) -> str:
    """Say why a Job failed; `pod` is its last one, if that is still there."""
    reasons = _reasons(pod)
    if _OUT_OF_MEMORY in reasons:
        return f"its pod ran out of memory (OOMKilled): raise `memory_limit` in {_VARIABLES}"
    if _EVICTED in reasons and pod is not None:
        said = _said(pod.message)
        return f"its pod was evicted from its node{said}: raise `memory_request` in {_VARIABLES}"
    if _DEADLINE in {job.failure, *reasons}:
        return f"it ran longer than it may: raise `active_deadline_seconds` in {_VARIABLES}"
    return _other_failure(job, pod)


def _reasons(pod: FlowPod | None) -> set[str]:
    if pod is None:
        return set()
    return {pod.reason, pod.ended.reason if pod.ended else ""}


def _other_failure(job: FlowJob, pod: FlowPod | None) -> str:
    if pod is None:
        return f"its pod is gone and its Job failed ({job.failure or 'no reason given'})"
    if pod.ended is None:
        said = _said(f"{pod.reason} {pod.message}".strip())
        return f"its pod failed{said}: see `kubectl describe pod {pod.name}`"
    code = pod.ended.exit_code
    signal = f", {_SIGNALS[code]}" if code in _SIGNALS else ""
    said = f"its process ended with exit code {code}{signal}, and told Prefect nothing"
    return f"{said}: see `kubectl logs {pod.name}`"


def silent_end(job: FlowJob) -> str:
    """Say that a Job succeeded and nobody told Prefect so."""
    return (
        f"its Job {job.name} ended well, but its result never reached Prefect:"
        f" see `kubectl logs job/{job.name}`, then run it again"
    )


def no_start(waiting: Waiting) -> str:
    """Say why a container does not start."""
    remedy = CANNOT_START[waiting.reason]
    return f"its pod can't start: {waiting.reason}{_said(waiting.message)}: {remedy}"


def not_started(pod: FlowPod) -> str:
    """Say that a node has a pod and does not start it."""
    said = _said(f"{pod.waiting.reason} {pod.waiting.message}".strip()) if pod.waiting else ""
    return (
        f"its node did not start its pod{said}: see `kubectl describe pod {pod.name}`, most likely"
        " the node's network, volumes or image"
    )


def no_node(pod: FlowPod) -> str:
    """Say that no node takes a pod."""
    return (
        f"no node took its pod{_said(pod.unschedulable)}:"
        f" lower `cpu_request` and `memory_request` in {_VARIABLES}, or add nodes"
    )


def no_pod(job: FlowJob) -> str:
    """Say that a Job has no pod."""
    return (
        f"Kubernetes makes no pod for its Job {job.name} (a quota, or Pod Security?):"
        f" see `kubectl describe job {job.name}`"
    )


def lost_node(pod: FlowPod) -> str:
    """Say that a pod can't be reached."""
    return f"the node of its pod {pod.name} does not answer"


def _said(message: str) -> str:
    text = " ".join(message.split())[:300]
    return f" ({text})" if text else ""
