"""Which cluster: the current one where it is a local one, else one that is made here."""

import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from problem import ROOT, Problem, output, watched

HACK = "windlass-local"
"""Context of hack/cluster."""


@dataclass(frozen=True)
class Cluster:
    """Where everything goes."""

    kind: str
    """kind, minikube, k3d, docker-desktop, hack or remote."""
    context: str
    kubeconfig: str = ""
    """File that holds the context; empty: kubectl's own."""
    registry: str = ""
    flags: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        flags = ("--context", self.context)
        if self.kubeconfig:
            flags += ("--kubeconfig", self.kubeconfig)
        object.__setattr__(self, "flags", flags)

    def __str__(self) -> str:
        where = f", images by way of {self.registry}" if self.registry else ""
        return f"context {self.context} ({self.kind}){where}"

    def kubectl(self, *arguments: str) -> list[str]:
        """A kubectl command on this cluster."""
        return [program("kubectl"), *self.flags, *arguments]

    def helm(self, *arguments: str) -> list[str]:
        """A helm command on this cluster."""
        flags = [f.replace("--context", "--kube-context") for f in self.flags]
        return [program("helm"), *arguments, *flags]


def kind_of(context: str) -> str | None:
    """What a context's name says; None for one that is not local."""
    if context == HACK:
        return "hack"
    if context in ("minikube", "docker-desktop"):
        return context
    for prefix in ("kind", "k3d"):
        if context.startswith(f"{prefix}-"):
            return prefix
    return None


def choose(context: str, registry: str) -> Cluster:
    """Find or make the cluster."""
    if context:
        kind = kind_of(context)
        if kind is None and not registry:
            raise Problem(
                f"context {context} is not a local cluster: its images must come from a registry:"
                f" make up CONTEXT={context} REGISTRY=<host/path that you may push to>"
            )
        return _reachable(Cluster(kind or "remote", context, _kubeconfig_of(kind), registry))
    current = _current_context()
    kind = kind_of(current)
    if kind is not None and _answers(Cluster(kind, current, _kubeconfig_of(kind))):
        return Cluster(kind, current, _kubeconfig_of(kind))
    if _docker_runs() and shutil.which("kind"):
        return _kind_cluster()
    return _hack_cluster()


def choose_existing(context: str) -> Cluster:
    """The cluster that `choose` would find, without making one."""
    name = context or _current_context()
    kind = kind_of(name)
    candidates = [Cluster(kind or "remote", name, _kubeconfig_of(kind))] if context or kind else []
    candidates += [Cluster("kind", "kind-windlass"), Cluster("hack", HACK, _kubeconfig_of("hack"))]
    for cluster in candidates:
        if _answers(cluster):
            return cluster
    raise Problem("no local cluster answers; name one: make down CONTEXT=…")


def program(name: str) -> str:
    """Path of a program: the machine's own, else the one that hack/cluster builds."""
    found = shutil.which(name)
    if found:
        return found
    built = _cluster_home() / "bin" / name
    return str(built) if built.exists() else name


def _reachable(cluster: Cluster) -> Cluster:
    output(
        cluster.kubectl("get", "--raw", "/readyz", "--request-timeout=10s"),
        f"see that the cluster of context {cluster.context} runs and that you may use it",
    )
    return cluster


def _answers(cluster: Cluster) -> bool:
    try:
        _reachable(cluster)
    except Problem:
        return False
    return True


def _current_context() -> str:
    try:
        return output([program("kubectl"), "config", "current-context"], "").strip()
    except Problem:
        return ""


def _docker_runs() -> bool:
    if not shutil.which("docker"):
        return False
    asked = subprocess.run(["docker", "info"], capture_output=True, timeout=20, check=False)
    return asked.returncode == 0


def _kind_cluster() -> Cluster:
    names = output(["kind", "get", "clusters"], "see that Docker runs").split()
    if "windlass" not in names:
        watched(["kind", "create", "cluster", "--name", "windlass"], "see what kind says")
    return _reachable(Cluster("kind", "kind-windlass"))


def _hack_cluster() -> Cluster:
    if os.uname().sysname != "Linux" or os.getuid() != 0:
        raise Problem(
            "there is no local cluster: start Docker and install kind, minikube or k3d, or name one"
            " of yours: make up CONTEXT=… REGISTRY=… (on Linux, root needs none of these)"
        )
    watched([str(ROOT / "hack/cluster/up.sh")], "mend what it names, then make up again")
    return _reachable(Cluster("hack", HACK, _kubeconfig_of("hack")))


def _kubeconfig_of(kind: str | None) -> str:
    return str(_cluster_home() / "run" / "admin.conf") if kind == "hack" else ""


def _cluster_home() -> Path:
    cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(os.environ.get("CLUSTER_HOME") or Path(cache, "windlass", "cluster"))
