"""What a pod must not do, as pure functions over its spec; no finding is the wanted answer.

`restricted` is Pod Security's profile of this name, `house` what we ask for beyond it.
"""

import re
from collections.abc import Iterator
from typing import Any

Document = dict[str, Any]

VOLUMES = frozenset(
    (
        "configMap",
        "csi",
        "downwardAPI",
        "emptyDir",
        "ephemeral",
        "persistentVolumeClaim",
        "projected",
        "secret",
    )
)
SECCOMP = ("RuntimeDefault", "Localhost")
IMAGE = re.compile(r"\S+(@sha256:[0-9a-f]{64}|:(?!latest$)[\w.-]+)")


def restricted(spec: Document) -> list[str]:
    """Where a pod's spec breaks Pod Security's `restricted`."""
    found = [f"pod: {field} is set" for field in _HOST_FIELDS if spec.get(field)]
    found += [
        f"pod: volume {each['name']} is of another kind"
        for each in spec.get("volumes", ())
        if not VOLUMES.intersection(each)
    ]
    pod = spec.get("securityContext", {})
    found += [f"pod: {said}" for said in _context(pod)]
    for each in containers(spec):
        found += [f"{each['name']}: {said}" for said in _container(each, pod)]
    return found


def house(spec: Document) -> list[str]:
    """Where a pod's spec breaks what we ask of every pod."""
    found = [] if spec.get("enableServiceLinks") is False else ["pod: service links are on"]
    pod = spec.get("securityContext", {})
    for each in containers(spec):
        found += [f"{each['name']}: {said}" for said in _house(each, pod)]
    return found


def containers(spec: Document) -> list[Document]:
    """Every container of a pod."""
    return [*spec.get("initContainers", ()), *spec["containers"]]


_HOST_FIELDS = ("hostNetwork", "hostPID", "hostIPC")


def _context(context: Document) -> Iterator[str]:
    """What neither a pod nor a container may say."""
    if context.get("runAsUser") == 0:
        yield "runAsUser is root"
    if context.get("runAsNonRoot") is False:
        yield "runAsNonRoot is false"
    for field in ("seLinuxOptions", "sysctls", "windowsOptions", "appArmorProfile"):
        if context.get(field):
            yield f"{field} is set"
    if context.get("seccompProfile", {}).get("type", SECCOMP[0]) not in SECCOMP:
        yield "seccompProfile is unconfined"


def _container(container: Document, pod: Document) -> Iterator[str]:
    own = container.get("securityContext", {})
    yield from _context(own)
    both = {**pod, **own}
    if own.get("allowPrivilegeEscalation") is not False:
        yield "allowPrivilegeEscalation is not false"
    if own.get("privileged") or own.get("procMount", "Default") != "Default":
        yield "privileged"
    capabilities = own.get("capabilities", {})
    if "ALL" not in capabilities.get("drop", ()) or capabilities.get("add"):
        yield "capabilities are not dropped"
    if both.get("runAsNonRoot") is not True:
        yield "runAsNonRoot is not true"
    if "seccompProfile" not in both:
        yield "there is no seccompProfile"
    if any(port.get("hostPort") for port in container.get("ports", ())):
        yield "hostPort is set"


def _house(container: Document, pod: Document) -> Iterator[str]:
    own = container.get("securityContext", {})
    uid = {**pod, **own}.get("runAsUser")
    if not isinstance(uid, int) or uid < 1000:
        yield "runAsUser is no number of a user"
    if own.get("readOnlyRootFilesystem") is not True:
        yield "its root can be written"
    for bound in ("requests", "limits"):
        for resource in ("cpu", "memory"):
            if not container.get("resources", {}).get(bound, {}).get(resource):
                yield f"{bound} name no {resource}"
    if not IMAGE.fullmatch(container["image"]):
        yield f"image {container['image']} has neither a full tag nor a digest"
