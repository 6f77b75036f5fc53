"""Which cluster a context names, and how commands reach it."""

import pytest

from tests.support.hack_up import part
from tests.support.kube import LOCAL

clusters = part("clusters")


@pytest.mark.parametrize(
    ("context", "kind"),
    [
        ("windlass-local", "hack"),
        ("kind-windlass", "kind"),
        ("k3d-dev", "k3d"),
        ("minikube", "minikube"),
        ("docker-desktop", "docker-desktop"),
        ("kind", None),
        ("minikube-2", None),
        ("my-kind-cluster", None),
        ("arn:aws:eks:eu-central-1:1:cluster/prod", None),
        ("", None),
    ],
)
def test_the_kind_of_a_context(context: str, kind: str | None) -> None:
    assert clusters.kind_of(context) == kind


@pytest.mark.parametrize("context", ["windlass-local", "kind-a", "k3d-a", "minikube"])
def test_what_is_local_here_is_local_to_the_stories_too(context: str) -> None:
    assert clusters.kind_of(context) is not None
    assert context.startswith(LOCAL)


def test_a_remote_cluster_without_a_registry_is_refused_with_advice() -> None:
    with pytest.raises(part("problem").Problem, match="make up CONTEXT=prod REGISTRY=<host/path"):
        clusters.choose("prod", "")


def test_commands_name_the_context_and_the_file_that_has_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(clusters, "program", lambda name: name)
    cluster = clusters.Cluster("hack", "windlass-local", "admin.conf")
    own = ["--context", "windlass-local", "--kubeconfig", "admin.conf"]
    assert cluster.kubectl("get", "pods") == ["kubectl", *own, "get", "pods"]
    assert cluster.helm("list") == ["helm", "list", "--kube-context", *own[1:]]


def test_without_a_file_kubectl_s_own_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clusters, "program", lambda name: name)
    assert clusters.Cluster("kind", "kind-a").kubectl() == ["kubectl", "--context", "kind-a"]
