"""The work pool's base job template, and the Jobs that Prefect's own worker makes of it."""

import re
from typing import Any

import pytest
from prefect.utilities.schema_tools.validation import is_valid_schema, validate

from tests.support.chart_values import FULL, LEAST
from tests.support.charts import (
    Document,
    base_job_template,
    of_kind,
    pods,
    render,
    variables,
)
from tests.support.flow_jobs import FLOW_RUN, flow_job, flow_pod
from tests.support.pod_rules import house, restricted

CONFIGURATION = {
    "annotations",
    "command",
    "env",
    "job_manifest",
    "job_watch_timeout_seconds",
    "labels",
    "name",
    "namespace",
    "pod_watch_timeout_seconds",
    "stream_output",
}
JOB_VARIABLES: dict[str, dict[str, Any]] = {
    "none": {},
    "bounds": {
        "cpu_request": "1",
        "cpu_limit": "4",
        "memory_request": "1Gi",
        "memory_limit": "8Gi",
    },
    "no end": {"active_deadline_seconds": None},
    "words": {"env": {"A": "b"}, "labels": {"team": "x"}, "annotations": {"note": "y"}},
    "another image": {"image": "registry.example/flows:2.0", "image_pull_policy": "Always"},
    "a command": {"command": "python -m other"},
    "a name": {"name": "mine"},
}


@pytest.fixture
def template() -> Document:
    return base_job_template(render())


def container(job: Document) -> Document:
    [found] = job["spec"]["template"]["spec"]["containers"]
    assert isinstance(found, dict)
    return found


def test_it_sets_these_fields_of_the_worker(template: Document) -> None:
    assert set(template) == {"job_configuration", "variables"}
    assert set(template["job_configuration"]) == CONFIGURATION


def test_every_placeholder_has_its_variable_and_every_variable_its_use(template: Document) -> None:
    used = set(re.findall(r"{{ (\w+) }}", str(template["job_configuration"])))
    assert used == set(template["variables"]["properties"])


def test_every_variable_says_what_it_is_and_has_a_default_of_its_type(template: Document) -> None:
    schema = template["variables"]
    for name, each in schema["properties"].items():
        assert {"type", "default", "title", "description"} <= set(each), name
    defaults = {name: each["default"] for name, each in schema["properties"].items()}
    is_valid_schema(schema)  # raises where it is none
    assert validate(defaults, schema) == []


@pytest.mark.parametrize("name", JOB_VARIABLES)
def test_variables_are_valid_and_give_a_restricted_pod(template: Document, name: str) -> None:
    given = JOB_VARIABLES[name]
    assert validate(given, template["variables"]) == []
    pod = flow_pod(template, **given)
    assert (restricted(pod.spec), house(pod.spec)) == ([], [])
    assert not pod.spec["automountServiceAccountToken"]


@pytest.mark.parametrize(
    "wrong",
    [{"memory_limit": 4}, {"active_deadline_seconds": "1h"}, {"image_pull_policy": "Sometimes"}],
)
def test_a_variable_of_another_type_is_refused(template: Document, wrong: Document) -> None:
    assert validate(wrong, template["variables"])


def test_bounds_reach_the_container(template: Document) -> None:
    assert container(flow_job(template, **JOB_VARIABLES["bounds"]))["resources"] == {
        "requests": {"cpu": "1", "memory": "1Gi"},
        "limits": {"cpu": "4", "memory": "8Gi"},
    }


@pytest.mark.parametrize(
    ("values", "given", "expected"),
    [
        ({}, {}, 7200),
        ({}, {"active_deadline_seconds": 60}, 60),
        ({}, {"active_deadline_seconds": None}, None),
        (LEAST, {}, None),
        (LEAST, {"active_deadline_seconds": 60}, 60),
    ],
)
def test_the_deadline(values: Document, given: Document, expected: int | None) -> None:
    job = flow_job(base_job_template(render(values)), **given)
    assert job["spec"].get("activeDeadlineSeconds") == expected


def test_a_job_ends_once_and_is_cleared_away(template: Document) -> None:
    spec = flow_job(template)["spec"]
    assert (spec["backoffLimit"], spec["completions"], spec["parallelism"]) == (0, 1, 1)
    assert spec["ttlSecondsAfterFinished"] == 600
    assert spec["template"]["spec"]["restartPolicy"] == "Never"


def test_a_run_s_own_variables_come_beside_ours(template: Document) -> None:
    plain = set(variables(container(flow_job(template))))
    told = variables(container(flow_job(template, env={"A": "b", "HOME": "/tmp/other"})))
    assert set(told) == plain | {"A"}
    assert (told["A"]["value"], told["HOME"]["value"]) == ("b", "/tmp/other")
    assert told["PREFECT__FLOW_RUN_ID"]["value"] == str(FLOW_RUN)
    assert told["WINDLASS_MLFLOW__PASSWORD"]["valueFrom"]["secretKeyRef"] == {
        "name": "crane-mlflow",
        "key": "admin-password",
    }


def test_labels_by_which_the_release_knows_its_pods_are_kept(template: Document) -> None:
    job = flow_job(template, labels={"team": "x"})
    for labels in (job["metadata"]["labels"], job["spec"]["template"]["metadata"]["labels"]):
        assert labels["app.kubernetes.io/instance"] == "crane"
        assert labels["app.kubernetes.io/component"] == "flow"
        assert labels["prefect.io/flow-run-id"] == str(FLOW_RUN)
        assert labels["team"] == "x"


def test_the_auth_string_comes_from_a_secret_also_where_the_worker_sets_it() -> None:
    [worker] = [
        each
        for pod in pods(render())
        for each in pod.containers
        if (pod.owner, each["name"]) == ("Deployment/prefect-worker", "worker")
    ]
    told, start = variables(worker), "PREFECT_INTEGRATIONS_KUBERNETES_WORKER_API_AUTH_STRING_SECRET"
    assert told[f"{start}_NAME"]["value"] == "crane-prefect"
    assert told[f"{start}_KEY"]["value"] == "auth-string"


def test_values_reach_the_jobs() -> None:
    pod = flow_pod(base_job_template(render(FULL)))
    [only] = pod.containers
    assert only["image"] == "registry.example/flows:1.2.3"
    assert (variables(only)["TEAM"]["value"], variables(only)["THREADS"]["value"]) == (
        "harbour",
        "2",
    )
    assert pod.labels["example.org/team"] == "harbour"
    assert pod.spec["imagePullSecrets"] == [{"name": "registry"}]


def test_large_numbers_stay_numbers() -> None:
    flows = {"env": {"BYTES": 10000000}, "deadlineSeconds": 2592000}
    values = {"prefect-worker": {"concurrencyLimit": 1000000, "flows": flows}}
    found = render(values)
    assert "e+0" not in str(found)
    job = flow_job(base_job_template(found))
    assert variables(container(job))["BYTES"]["value"] == "10000000"
    assert job["spec"]["activeDeadlineSeconds"] == 2592000


def test_worker_and_pods_name_one_pool() -> None:
    found = render({"global": {"prefect": {"workPool": "jobs"}}})
    worker = of_kind(found, "Deployment")["prefect-worker"]["spec"]["template"]["spec"]
    assert worker["containers"][0]["args"][:2] == ["--pool", "jobs"]
    told = variables(container(flow_job(base_job_template(found))))
    assert told["WINDLASS_CLUSTER__WORK_POOL"]["value"] == "jobs"


def test_a_worker_starts_anew_when_the_template_changes() -> None:
    def checksum(values: Document) -> str:
        worker = of_kind(render(values), "Deployment")["prefect-worker"]
        return str(worker["spec"]["template"]["metadata"]["annotations"]["checksum/config"])

    changed = {"prefect-worker": {"flows": {"ttlSeconds": 1}}}
    assert checksum({}) != checksum(changed)
