"""tests/support/pod_rules.py on literals: each rule finds what it is there for."""

from copy import deepcopy
from typing import Any

import pytest

from tests.support.pod_rules import house, restricted

GOOD: dict[str, Any] = {
    "enableServiceLinks": False,
    "securityContext": {
        "runAsNonRoot": True,
        "runAsUser": 10001,
        "seccompProfile": {"type": "RuntimeDefault"},
    },
    "containers": [
        {
            "name": "a",
            "image": "host:5000/a:1.2",
            "securityContext": {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            },
            "resources": {
                "requests": {"cpu": "1m", "memory": "1Mi"},
                "limits": {"cpu": 1, "memory": "1Mi"},
            },
        }
    ],
    "volumes": [{"name": "tmp", "emptyDir": {}}],
}


def changed(path: str, value: object) -> dict[str, Any]:
    """The good pod with one field set, or removed by None."""
    pod = deepcopy(GOOD)
    *way, last = path.split(".")
    node: Any = pod
    for step in way:
        node = node[int(step)] if step.isdigit() else node.setdefault(step, {})
    if value is None:
        del node[last]
    else:
        node[last] = value
    return pod


def test_a_good_pod_breaks_no_rule() -> None:
    assert (restricted(GOOD), house(GOOD)) == ([], [])


@pytest.mark.parametrize(
    ("path", "value", "finding"),
    [
        ("hostNetwork", True, "pod: hostNetwork is set"),
        ("volumes", [{"name": "h", "hostPath": {}}], "pod: volume h is of another kind"),
        ("securityContext.runAsUser", 0, "pod: runAsUser is root"),
        ("securityContext.sysctls", [{}], "pod: sysctls is set"),
        ("securityContext.runAsNonRoot", None, "a: runAsNonRoot is not true"),
        ("securityContext.seccompProfile", None, "a: there is no seccompProfile"),
        (
            "securityContext.seccompProfile",
            {"type": "Unconfined"},
            "pod: seccompProfile is unconfined",
        ),
        ("containers.0.securityContext.privileged", True, "a: privileged"),
        ("containers.0.securityContext.runAsUser", 0, "a: runAsUser is root"),
        (
            "containers.0.securityContext.allowPrivilegeEscalation",
            None,
            "a: allowPrivilegeEscalation is not false",
        ),
        ("containers.0.securityContext.capabilities", {}, "a: capabilities are not dropped"),
        (
            "containers.0.securityContext.capabilities",
            {"drop": ["ALL"], "add": ["NET_ADMIN"]},
            "a: capabilities are not dropped",
        ),
        ("containers.0.ports", [{"hostPort": 80}], "a: hostPort is set"),
        ("initContainers", [{"name": "b"}], "b: allowPrivilegeEscalation is not false"),
    ],
)
def test_restricted_finds(path: str, value: object, finding: str) -> None:
    assert finding in restricted(changed(path, value))


@pytest.mark.parametrize(
    ("path", "value", "finding"),
    [
        ("enableServiceLinks", None, "pod: service links are on"),
        ("securityContext.runAsUser", "nobody", "a: runAsUser is no number of a user"),
        ("containers.0.securityContext.readOnlyRootFilesystem", None, "a: its root can be written"),
        ("containers.0.resources.limits.memory", None, "a: limits name no memory"),
        ("containers.0.resources.requests.cpu", None, "a: requests name no cpu"),
        ("containers.0.image", "a", "a: image a has neither a full tag nor a digest"),
        (
            "containers.0.image",
            "host:5000/a:latest",
            "a: image host:5000/a:latest has neither a full tag nor a digest",
        ),
    ],
)
def test_house_finds(path: str, value: object, finding: str) -> None:
    assert house(changed(path, value)) == [finding]
