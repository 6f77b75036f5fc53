"""What helm makes when: nothing that Ready waits for may come from a post-install hook."""

import json
from collections.abc import Iterator

import pytest

from tests.support.chart_values import EXTERNAL
from tests.support.charts import Document, RenderedPod, component, hook, of_kind, pods, render

BEFORE, AFTER, TEST = "pre-install,pre-upgrade", "post-install,post-upgrade", "test"
LAST = "pre-delete"
ONCE = "before-hook-creation,hook-succeeded"

HOOKS = {
    ("ServiceAccount", "secrets"): (BEFORE, -20, ONCE),
    ("Role", "secrets"): (BEFORE, -20, ONCE),
    ("RoleBinding", "secrets"): (BEFORE, -20, ONCE),
    ("Job", "secrets"): (BEFORE, -10, ONCE),
    ("Job", "setup"): (AFTER, 0, ONCE),
    ("ServiceAccount", "farewell"): (LAST, -5, ONCE),
    ("Role", "farewell"): (LAST, -5, ONCE),
    ("RoleBinding", "farewell"): (LAST, -5, ONCE),
    ("Job", "farewell"): (LAST, 0, ONCE),
    ("ServiceAccount", "verify"): (TEST, -5, ONCE),
    ("Role", "verify"): (TEST, -5, ONCE),
    ("RoleBinding", "verify"): (TEST, -5, ONCE),
    ("Pod", "verify"): (TEST, 0, ONCE),
}
SOURCES = (("ConfigMap", "configMap", "name"), ("Secret", "secret", "secretName"))
"""Kinds that a volume may come from, its field, and where that has the name."""

SECRETS = {
    "crane-prefect": {"auth-string": "windlass:{random}"},
    "crane-mlflow": {"admin-password": "{random}", "flask-secret-key": "{random}"},
    "crane-objects": {"access-key": "windlass", "secret-key": "{random}"},
    "crane-redis": {"password": "{random}"},
    "crane-inference": {"admin-token": "{random}"},
    "crane-postgresql": {
        "postgres-password": "{random}",
        "prefect-password": "{random}",
        "mlflow-password": "{random}",
        "features-password": "{random}",
    },
}


def plan(found: list[Document]) -> list[Document]:
    """What the Job that makes Secrets is told."""
    job = of_kind(found, "Job")["secrets"]
    wanted: list[Document] = json.loads(job["spec"]["template"]["spec"]["containers"][0]["args"][0])
    return wanted


def needs(pod: RenderedPod) -> Iterator[tuple[str, str]]:
    """Kind and name of what must be there before a pod starts."""
    if account := pod.spec.get("serviceAccountName"):
        yield "ServiceAccount", account
    for volume in pod.spec.get("volumes", ()):
        for kind, field, name in SOURCES:
            if field in volume and not volume[field].get("optional"):
                yield kind, volume[field][name]
    yield from (("Secret", reference["name"]) for reference in secret_references(pod))


def secret_references(pod: RenderedPod) -> Iterator[Document]:
    """Name and key of each variable that comes from a Secret."""
    for container in pod.containers:
        for each in container.get("env", ()):
            if reference := each.get("valueFrom", {}).get("secretKeyRef"):
                yield reference


def there(found: list[Document], *hooks: str) -> set[tuple[str, str]]:
    """Kind and name of what the hooks make, and the Secrets; "" is everything that is no hook."""
    made = {(each["kind"], each["metadata"]["name"]) for each in found if hook(each) in hooks}
    return made | {("Secret", each["name"]) for each in plan(found)}


def test_the_hooks_are_these_in_this_order(documents: list[Document]) -> None:
    found = {}
    for each in documents:
        said = each["metadata"].get("annotations") or {}
        if "helm.sh/hook" in said:
            found[each["kind"], component(each)] = (
                said["helm.sh/hook"],
                int(said["helm.sh/hook-weight"]),
                said["helm.sh/hook-delete-policy"],
            )
    assert found == HOOKS


def test_a_failed_hook_shows_its_log(documents: list[Document]) -> None:
    working = [each for each in documents if hook(each) and each["kind"] in ("Job", "Pod")]
    policies = {
        each["metadata"]["annotations"]["helm.sh/hook-output-log-policy"] for each in working
    }
    assert policies == {"hook-failed"}


def test_what_runs_on_needs_nothing_that_comes_later(documents: list[Document]) -> None:
    ready = there(documents, "")
    for pod in pods(documents):
        if not pod.hook:
            assert set(needs(pod)) <= ready, pod.owner


@pytest.mark.parametrize(
    ("when", "before"), [(BEFORE, {BEFORE}), (AFTER, {""}), (TEST, {"", TEST}), (LAST, {"", LAST})]
)
def test_a_hook_s_pod_needs_only_what_was_made_before(
    documents: list[Document], when: str, before: set[str]
) -> None:
    [pod, *_] = [each for each in pods(documents) if each.hook == when]
    missing = set(needs(pod)) - there(documents, *before)
    assert missing == set()


def test_the_job_that_makes_secrets_needs_none() -> None:
    [pod] = [each for each in pods(render()) if each.hook == BEFORE]
    assert set(needs(pod)) == {("ServiceAccount", "crane-secrets")}


def test_the_secrets_and_how_their_keys_are_made() -> None:
    assert {each["name"]: each["keys"] for each in plan(render())} == SECRETS
    assert not [each["name"] for each in plan(render()) if each["given"]]


def test_given_secrets_are_checked_for_the_keys_that_are_read() -> None:
    found = {each["name"]: each for each in plan(render(EXTERNAL))}
    assert all(each["given"] for each in found.values())
    # nobody signs in as postgres where the server is not ours
    assert set(found["given-postgresql"]["keys"]) == {
        "features-password",
        "mlflow-password",
        "prefect-password",
    }


def test_every_key_that_a_pod_reads_is_in_the_plan(documents: list[Document]) -> None:
    made = {(each["name"], key) for each in plan(documents) for key in each["keys"]}
    read = {
        (reference["name"], reference["key"])
        for pod in pods(documents)
        for reference in secret_references(pod)
    }
    assert read - made == set()


def test_volumes_outlive_the_release_as_their_passwords_do() -> None:
    sets = of_kind(render(), "StatefulSet")
    assert {
        name: each["spec"]["persistentVolumeClaimRetentionPolicy"] for name, each in sets.items()
    } == {
        name: {"whenDeleted": "Retain", "whenScaled": "Retain"}
        for name in ("minio", "postgresql", "redis")
    }


def test_jobs_end(documents: list[Document]) -> None:
    jobs = of_kind(documents, "Job")
    assert all(each["spec"]["activeDeadlineSeconds"] > 0 for each in jobs.values())
    waits = render({"setup": {"waitSeconds": 900}})
    assert of_kind(waits, "Job")["setup"]["spec"]["activeDeadlineSeconds"] > 900
