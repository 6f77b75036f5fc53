"""The release: checks before, the chart, and why it does not get Ready."""

import json
import subprocess
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from clusters import Cluster
from diagnosis import pod_problem, volume_problem
from problem import ROOT, Problem, output

RELEASE = "windlass"
CHART = ROOT / "charts" / "windlass"

_MINUTES = 10
_LOOK_SECONDS = 2.0
_REPLACED_SECONDS = 120.0
"""For which a pod of the release before may go on failing: helm replaces it."""
_OLDEST = (1, 30)


def check(cluster: Cluster, namespace: str) -> None:
    """What can be known to fail before anything is built."""
    version = json.loads(output(cluster.kubectl("version", "-o", "json"), "see that kubectl works"))
    server = version["serverVersion"]
    found = int(server["major"]), int(server["minor"].rstrip("+"))
    if found < _OLDEST:
        raise Problem(f"the cluster runs Kubernetes {found[0]}.{found[1]}: 1.30 or newer is needed")
    state = _get(cluster, "namespace", namespace)
    if state and state["status"]["phase"] == "Terminating":
        raise Problem(
            f"namespace {namespace} is being deleted: wait until it is gone"
            f" (kubectl get namespace {namespace}); where it never goes, its conditions say why:"
            f" kubectl get namespace {namespace} -o jsonpath='{{.status.conditions}}'"
        )
    classes = json.loads(output(cluster.kubectl("get", "storageclass", "-o", "json"), ""))["items"]
    if not any(_is_default(each) for each in classes):
        names = ", ".join(each["metadata"]["name"] for each in classes) or "none at all"
        raise Problem(
            f"the cluster has no default StorageClass (it has {names}), so volumes would wait for"
            " ever. Make one the default: kubectl annotate storageclass NAME"
            " storageclass.kubernetes.io/is-default-class=true"
        )


def install(
    cluster: Cluster, namespace: str, images: Mapping[str, str], values: Sequence[str]
) -> None:
    """Install or upgrade; returns when all is Ready, or ends with the first reason why not."""
    _namespace(cluster, namespace)
    command = cluster.helm("upgrade", "--install", RELEASE, str(CHART), "--namespace", namespace)
    # what users have set stays; the custom resource may be left from a release of another name
    command += ["--wait", "--timeout", f"{_MINUTES}m", "--reset-then-reuse-values"]
    command += ["--take-ownership"]
    for name, value in images.items():
        command += ["--set-string", f"{name}={value}"]
    for value in values:
        command += ["--set", value]
    print(f"Installing release {RELEASE} in namespace {namespace} …", flush=True)
    begun = time.monotonic()
    helm = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        said = _watch(helm, cluster, namespace)
    finally:
        if helm.poll() is None:
            helm.terminate()
            helm.wait()
    if helm.returncode != 0:
        raise Problem(f"{said.strip()}\nMend what it names, then make up again.")
    print(f"Ready after {time.monotonic() - begun:.0f} s.", flush=True)


def next_steps(cluster: Cluster, namespace: str) -> str:
    """What to do now."""
    notes = output(cluster.helm("get", "notes", RELEASE, "--namespace", namespace), "")
    prefix = ""
    if cluster.kubeconfig:
        prefix = f"\nThese commands need: export KUBECONFIG={cluster.kubeconfig}\n"
    return prefix + notes.partition("NOTES:")[2]


def _watch(helm: "subprocess.Popen[str]", cluster: Cluster, namespace: str) -> str:
    """Helm's words at its end; Problem as soon as a pod shows that it will never be Ready."""
    seen: dict[str, float] = {}
    begun = datetime.now(UTC)
    while True:
        try:
            said, _ = helm.communicate(timeout=_LOOK_SECONDS)
        except subprocess.TimeoutExpired:
            pass
        else:
            return said
        now = time.monotonic()
        problems = _problems(cluster, namespace, begun)
        seen = {text: seen.get(text, now) for text in problems}
        for text, patience in problems.items():
            if now - seen[text] >= patience:
                raise Problem(text)


def _problems(cluster: Cluster, namespace: str, begun: datetime) -> dict[str, float]:
    """What is wrong, and for how many seconds that may be so."""
    answer = subprocess.run(
        cluster.kubectl("-n", namespace, "get", "pods,pvc", "-o", "json", "--request-timeout=5s"),
        capture_output=True,
        text=True,
        check=False,
    )
    if answer.returncode != 0:
        return {}
    items = json.loads(answer.stdout)["items"]
    return problems_of(items, begun)


def problems_of(items: Sequence[dict], begun: datetime) -> dict[str, float]:
    """What is wrong with pods and volumes; how a flow run's pod does is the run's own affair."""
    found: dict[str, float] = {}
    for item in items:
        metadata = item["metadata"]
        if (metadata.get("labels") or {}).get("app.kubernetes.io/component") == "flow":
            continue
        problem = pod_problem(item) if item["kind"] == "Pod" else volume_problem(item)
        if problem:
            is_older = datetime.fromisoformat(metadata["creationTimestamp"]) < begun
            found[problem.text] = max(problem.patience, _REPLACED_SECONDS * is_older)
    return found


def _namespace(cluster: Cluster, namespace: str) -> None:
    """Make the namespace, under the strictest rules that Kubernetes has."""
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    if _get(cluster, "namespace", namespace):
        return
    body = {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": namespace, "labels": labels},
    }
    output(
        cluster.kubectl("create", "-f", "-"),
        "see that you may create namespaces",
        text=json.dumps(body),
    )


def _get(cluster: Cluster, kind: str, name: str) -> dict:
    found = output(cluster.kubectl("get", kind, name, "--ignore-not-found", "-o", "json"), "")
    return json.loads(found) if found.strip() else {}


def _is_default(storage_class: dict) -> bool:
    annotations = storage_class["metadata"].get("annotations") or {}
    return annotations.get("storageclass.kubernetes.io/is-default-class") == "true"
