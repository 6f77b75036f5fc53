"""Every pod that a release makes, hooks, tests and flow pods included."""

import pytest

from tests.support.chart_values import SETS
from tests.support.charts import (
    Document,
    RenderedPod,
    base_job_template,
    pods,
    render,
)
from tests.support.flow_jobs import flow_pod
from tests.support.pod_rules import house, restricted

WITH_TOKEN = {
    "Deployment/operator": "watches ModelPromotions and writes what became of them",
    "Job/farewell": "aborts open ModelPromotions",
    "Deployment/prefect-worker": "makes Jobs and looks at their pods",
    "Job/secrets": "makes the Secrets that are missing",
    "Pod/verify": "finds the Job of its flow",
}
PROBES = {
    "keeper": {"livenessProbe"},  # serves nothing, so nobody waits for it to be Ready
}
ALL_PROBES = {"livenessProbe", "readinessProbe", "startupProbe"}
OWNERS = {
    "Deployment/inference-predictive-maintenance",
    "Deployment/mlflow",
    "Deployment/operator",
    "Deployment/prefect-server",
    "Deployment/prefect-worker",
    "StatefulSet/minio",
    "StatefulSet/postgresql",
    "StatefulSet/redis",
    "Job/farewell",
    "Job/secrets",
    "Job/setup",
    "Pod/verify",
    "flow/trials",
}


@pytest.fixture
def everyone(documents: list[Document]) -> list[RenderedPod]:
    return [*pods(documents), flow_pod(base_job_template(documents))]


def test_these_are_all() -> None:
    found = render()
    assert {pod.owner for pod in pods(found)} | {"flow/trials"} == OWNERS


def test_pod_security_restricted_holds(everyone: list[RenderedPod]) -> None:
    assert {pod.owner: found for pod in everyone if (found := restricted(pod.spec))} == {}


def test_house_rules_hold(everyone: list[RenderedPod]) -> None:
    assert {pod.owner: found for pod in everyone if (found := house(pod.spec))} == {}


def test_a_token_goes_only_where_it_is_used(everyone: list[RenderedPod]) -> None:
    # not said is true
    with_token = {
        pod.owner for pod in everyone if pod.spec.get("automountServiceAccountToken", True)
    }
    assert with_token == set(WITH_TOKEN)


def test_what_runs_on_is_probed(everyone: list[RenderedPod]) -> None:
    found = {
        f"{pod.owner} {container['name']}": ALL_PROBES.intersection(container)
        for pod in everyone
        if pod.stays
        for container in pod.spec["containers"]
    }
    assert found == {name: PROBES.get(name.split()[1], ALL_PROBES) for name in found}


def test_probes_ask_ports_that_the_container_names(everyone: list[RenderedPod]) -> None:
    for pod in everyone:
        for container in pod.containers:
            named = {port["name"] for port in container.get("ports", ())}
            asked = {
                probe["port"]
                for kind in ALL_PROBES & set(container)
                for probe in container[kind].values()
                if isinstance(probe, dict) and "port" in probe
            }
            assert asked <= named, (pod.owner, container["name"])


def test_every_mount_has_its_volume_and_every_volume_its_mount(
    everyone: list[RenderedPod], documents: list[Document]
) -> None:
    claimed = {
        f"StatefulSet/{each['metadata']['name'].partition('-')[2]}": {"data"}
        for each in documents
        if each["kind"] == "StatefulSet"
    }
    for pod in everyone:
        mounted = {
            mount["name"]
            for container in pod.containers
            for mount in container.get("volumeMounts", ())
        }
        volumes = {volume["name"] for volume in pod.spec.get("volumes", ())}
        assert mounted == volumes | claimed.get(pod.owner, set()), pod.owner


def test_every_container_can_write_to_tmp_and_nowhere_shared(everyone: list[RenderedPod]) -> None:
    for pod in everyone:
        for container in pod.containers:
            mounts = {mount["mountPath"]: mount for mount in container["volumeMounts"]}
            assert not mounts["/tmp"].get("readOnly"), (pod.owner, container["name"])


def test_pull_secrets_reach_every_pod() -> None:
    found = render(SETS["full"])
    everyone = [*pods(found), flow_pod(base_job_template(found))]
    expected = OWNERS | {"Deployment/inference-eta"}
    assert {pod.owner for pod in everyone if "imagePullSecrets" in pod.spec} == expected
