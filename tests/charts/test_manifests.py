"""Manifests as a whole: what Kubernetes takes, the same each time, and nothing secret in them."""

import json
import re
import subprocess

import pytest

from tests.support.chart_values import FULL, SETS
from tests.support.charts import (
    Document,
    base_job_template,
    manifests,
    of_kind,
    pods,
    render,
    render_anew,
    tool,
)
from tests.support.flow_jobs import flow_pod
from tests.support.repository import texts

SECRET = re.compile(
    r"(PASSWORD|AUTH|AUTH_STRING|SECRET|SECRET_KEY|ACCESS_KEY|ACCESS_KEY_ID|TOKEN|CREDENTIALS)$"
)
NOT_SECRET = {
    "PREFECT_INTEGRATIONS_KUBERNETES_WORKER_API_AUTH_STRING_SECRET_KEY": "names a Secret's key",
}


def kubeconform(text: str) -> str:
    """What kubeconform finds wrong."""
    files = tool("SCHEMAS") + "/{{.ResourceKind}}{{.KindSuffix}}.json"
    command = [tool("KUBECONFORM"), "-strict", "-schema-location", files]
    ended = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    return ended.stdout + ended.stderr


@pytest.mark.parametrize("name", SETS)
def test_kubernetes_takes_every_manifest(name: str) -> None:
    assert kubeconform(manifests(SETS[name])) == ""


@pytest.mark.parametrize(
    ("good", "bad", "complaint"),
    [
        ("restartPolicy: Never", "restartPolicies: Never", "'restartPolicies' not allowed"),
        ("replicas: 1", "replicas: one", "got string, want integer"),
        ("kind: Role\n", "kind: ClusterRole\n", "could not find schema for ClusterRole"),
    ],
)
def test_kubeconform_would_say_what_is_wrong(good: str, bad: str, complaint: str) -> None:
    assert complaint in kubeconform(manifests().replace(good, bad))


def test_rendering_again_gives_the_same_bytes() -> None:
    values = json.dumps(FULL)
    assert render_anew(values) == render_anew(values)


def test_no_template_asks_a_cluster_or_chance() -> None:
    unsteady = re.compile(
        r"\b(lookup|rand[A-Z]\w+|gen[A-Z]\w+|uuidv4|now|shuffle|htpasswd|bcrypt)\b"
    )
    code = re.compile(r"{{-?\s*(?!/\*).*?}}", re.S)
    found = {
        f"{path}: {match[0]}"
        for path, text in texts("charts/**").items()
        if "/templates/" in path and not path.endswith("NOTES.txt")
        for action in code.findall(text)
        if (match := unsteady.search(action))
    }
    assert found == set()


def test_every_secret_variable_is_a_reference(documents: list[Document]) -> None:
    all_pods = [*pods(documents), flow_pod(base_job_template(documents))]
    plain = {
        variable["name"]
        for pod in all_pods
        for container in pod.containers
        for variable in container.get("env", ())
        if SECRET.search(variable["name"]) and "secretKeyRef" not in variable.get("valueFrom", {})
    }
    assert plain - set(NOT_SECRET) == set()


@pytest.mark.parametrize("name", SETS)
def test_no_address_holds_a_password(name: str) -> None:
    assert re.findall(r"\w+://[^/\s:@]*:[^/\s@]+@", manifests(SETS[name])) == []


def test_secrets_are_no_templates(documents: list[Document]) -> None:
    assert of_kind(documents, "Secret") == {}


def test_the_kinds_are_these() -> None:
    assert {each["kind"] for each in render(FULL)} == {
        "ConfigMap",
        "CustomResourceDefinition",
        "Deployment",
        "HorizontalPodAutoscaler",
        "Ingress",
        "Job",
        "NetworkPolicy",
        "Pod",
        "PodDisruptionBudget",
        "Role",
        "RoleBinding",
        "Service",
        "ServiceAccount",
        "StatefulSet",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
    }


def test_names_and_namespaces_come_from_the_release(documents: list[Document]) -> None:
    namespaces = {each["metadata"].get("namespace", "harbour") for each in documents}
    assert namespaces == {"harbour"}
    assert [
        each["metadata"]["name"]
        for each in documents
        # which is every release's
        if each["kind"] != "CustomResourceDefinition"
        and each["metadata"]["labels"]["app.kubernetes.io/instance"] != "crane"
    ] == []
